//! Small models and their pictures, byte by byte. `STORM_BLESS=1 cargo test -p storm-board --test cases` writes them anew;
//! look at what changed before it is committed.

#![expect(clippy::disallowed_methods, reason = "the expected pictures are files")]

mod graphs;

use std::path::Path;

use graphs::{Build, shop::shop};
use storm_board::{Options, Theme, render};
use storm_dsl::graph::{Arrow, FlowGraph, StickyKind};

fn holds(case: &str, graph: &FlowGraph, options: Options) {
    let drawn = render(graph, &options);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(format!("{case}.svg"));
    if std::env::var_os("STORM_BLESS").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(drawn == expected, "the picture of `{case}` changed; bless it if it should");
}

fn plain(case: &str, graph: &FlowGraph) {
    holds(case, graph, Options::default());
}

#[test]
fn the_shop_in_each_theme() {
    let shop = shop();
    plain("shop", &shop);
    holds("shop-dark", &shop, Options { theme: Theme::Dark, ..Options::default() });
    holds(
        "shop-colour-blind",
        &shop,
        Options { theme: Theme::ColourBlind, links: false, ..Options::default() },
    );
    holds("shop-print", &shop, Options { theme: Theme::Print, links: false, ..Options::default() });
    holds("shop-merged", &shop, Options { merge_aggregates: true, ..Options::default() });
}

#[test]
fn a_cycle_has_a_dashed_arrow() {
    let mut b = Build::new("Cycle");
    b.context("Billing", "");
    let invoice = b.note(StickyKind::Aggregate, "Invoice");
    let overdue = b.note(StickyKind::Event, "InvoiceOverdue");
    let remind = b.command("SendReminder", None, invoice, &[overdue]);
    b.policy("RemindAgain", "whenever an invoice is overdue, remind again", &[overdue], &[remind]);
    plain("cycle", &b.graph);
    let dashed = |graph: &FlowGraph| render(graph, &Options::default()).contains("stroke-dasharray=\"7 5\"");
    assert!(dashed(&b.graph) && !dashed(&FlowGraph::default()));
}

#[test]
fn an_arrow_to_itself_is_a_loop() {
    let mut b = Build::new("Self");
    b.context("Odd", "");
    let policy = b.note(StickyKind::Policy, "Ponder");
    b.arrow(policy, policy, Arrow::Invokes);
    plain("self-policy", &b.graph);
}

#[test]
fn a_hub_fills_several_columns() {
    let mut b = Build::new("Hub");
    b.context("Sales", "");
    let sold = b.note(StickyKind::Event, "Sold");
    for nth in 0..24 {
        b.policy(&format!("Follow{nth}"), "", &[sold], &[]);
    }
    plain("hub", &b.graph);
}

#[test]
fn an_empty_context_is_shown() {
    let mut b = Build::new("Empty");
    b.context("Nothing Here Yet", "team-new");
    b.context("Something", "");
    b.note(StickyKind::Event, "Happened");
    plain("empty-context", &b.graph);
    plain("nothing", &FlowGraph::default());
}

#[test]
fn long_names_are_broken_and_cut() {
    let mut b =
        Build::new("Long names of things that people would not stop to write before the title was full");
    b.context(
        "ExtraordinarilyLongContextNameThatSomebodyInsistedOn",
        "the-team-with-the-longest-name-of-all",
    );
    b.note(
        StickyKind::Event,
        "SupercalifragilisticexpialidociousnessWasObservedOnceMoreByEverybodyInTheWholeBuilding",
    );
    b.note(StickyKind::Command, "Donaudampfschifffahrtsgesellschaftskapitaen");
    b.note(StickyKind::Event, "snake_case_name_with_many_parts");
    b.note(StickyKind::Actor, "RepresentativeOfTheCustomer");
    b.detailed(
        StickyKind::Policy,
        "RetryWhatFailed",
        &"whenever it fails, try it again and again ".repeat(6),
    );
    plain("long-names", &b.graph);
}

#[test]
fn other_scripts_keep_their_letters() {
    let mut b = Build::new("주문");
    b.context("订单管理", "团队");
    let order = b.note(StickyKind::Aggregate, "订单");
    let placed = b.note(StickyKind::Event, "주문이 접수되었습니다");
    b.command("注文を確定する処理を開始", None, order, &[placed]);
    plain("cjk", &b.graph);
    let mut b = Build::new("ההזמנות");
    b.context("הזמנות", "");
    let order = b.note(StickyKind::Aggregate, "الطلب");
    let placed = b.note(StickyKind::Event, "ההזמנה התקבלה אצלנו");
    b.command("تقديم الطلب الجديد", None, order, &[placed]);
    plain("right-to-left", &b.graph);
}

#[test]
fn text_cannot_become_markup() {
    let mut b = Build::new("<script>alert('&')</script>");
    b.context("\"A\" & <B>", "o'neil & co");
    let event = b.note(StickyKind::Event, "</text><script>1 < 2 && \"x\"</script>");
    b.graph.graph[event].doc = Some("]]> <!-- \u{1} -->".into());
    b.graph.graph[event].place = "javascript:alert(1)//\"><b>:3".into();
    b.hotspot("why <b>?", event, "a&b");
    plain("xml-specials", &b.graph);
    let drawn = render(&b.graph, &Options::default());
    assert!(!drawn.contains("<script") && !drawn.contains("href=\"javascript:") && !drawn.contains('\u{1}'));
}

#[test]
fn a_big_picture_reads_in_the_order_of_the_text() {
    let mut b = Build::new("Big picture");
    b.context("Library", "");
    for name in
        ["BookBought", "BookShelved", "BookLent", "BookReturned", "BookLost", "FineIssued", "FinePaid"]
    {
        b.note(StickyKind::Event, name);
    }
    b.outside();
    b.note(StickyKind::Event, "RoofLeaked");
    b.note(StickyKind::Hotspot, "Who owns the roof?");
    plain("big-picture", &b.graph);
}

#[test]
fn hotspots_hang_beside_what_they_question() {
    let mut b = Build::new("Questions");
    b.context("Claims", "");
    let filed = b.note(StickyKind::Event, "ClaimFiled");
    for (question, owner) in
        [("Who checks it?", "ann"), ("By when?", ""), ("Is it legal?", "bob, 2027-03-01")]
    {
        b.hotspot(question, filed, owner);
    }
    b.view("OpenClaims", &[filed]);
    b.outside();
    let reader = b.note(StickyKind::Reader, "Auditor");
    b.arrow(filed, reader, Arrow::Reads);
    plain("hotspots", &b.graph);
}

#[test]
fn a_long_stream_is_wrapped() {
    let mut b = Build::new("Stream");
    b.context("Line", "");
    let machine = b.note(StickyKind::Aggregate, "Machine");
    let mut before = None;
    for nth in 0..9 {
        let done = b.note(StickyKind::Event, &format!("Step{nth}Done"));
        let step = b.command(&format!("DoStep{nth}"), None, machine, &[done]);
        if let Some(event) = before {
            b.policy(&format!("After{nth}"), "", &[event], &[step]);
        }
        before = Some(done);
    }
    plain("wrapped", &b.graph);
}
