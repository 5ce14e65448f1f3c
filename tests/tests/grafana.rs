//! The generated Grafana board, as its panels stand: none over another, each with the unit of what it asks for, each line
//! with a name that no other line of its panel has. That its queries find something is held by the suite `watched`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

/// The board of the shop.
fn board() -> Value {
    let path = storm_tests::root().join("generated-example/deploy/grafana/boards/services.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The labels of each metric of a service, as documented.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(storm_tests::root().join("docs/metrics.md")).unwrap();
    let ticked = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    cells.map(|cells| (ticked(cells[1])[0].clone(), ticked(cells[4]).into_iter().collect())).collect()
}

/// Everything that is wrong with a board, a line each.
fn faults(board: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let panels = board["panels"].as_array().unwrap();
    let nested = |panel: &Value| panel["panels"].as_array().cloned().unwrap_or_default();
    let all: Vec<Value> =
        panels.iter().flat_map(|panel| [vec![panel.clone()], nested(panel)].concat()).collect();
    let mut numbers = BTreeSet::new();
    for panel in &all {
        if !numbers.insert(panel["id"].as_u64()) {
            faults.push(format!("{}: a number twice", panel["title"]));
        }
    }
    stand_apart(panels, &mut faults);
    let mut open = false;
    for panel in panels {
        if panel["type"] != "row" {
            continue;
        }
        open |= panel["collapsed"] == false;
        let within = nested(panel);
        if (panel["collapsed"] == true) == within.is_empty() {
            faults.push(format!("{}: a row holds its panels exactly while it is collapsed", panel["title"]));
        }
        stand_apart(&within, &mut faults);
        if within.iter().any(|inner| place(inner)[1] < place(panel)[1] + 1) {
            faults.push(format!("{}: a panel stands above its row", panel["title"]));
        }
    }
    if !open {
        faults.push("nothing is open".to_owned());
    }
    all.iter().filter(|panel| panel["type"] != "row").for_each(|panel| says(panel, &mut faults));
    faults
}

/// `[x, y, w, h]`.
fn place(panel: &Value) -> [u64; 4] {
    ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap())
}

/// None over another, and none over the edge.
fn stand_apart(panels: &[Value], faults: &mut Vec<String>) {
    for (index, one) in panels.iter().enumerate() {
        let [x, y, w, h] = place(one);
        if w == 0 || h == 0 || x + w > 24 {
            faults.push(format!("{}: outside of the board", one["title"]));
        }
        for other in &panels[index + 1..] {
            let [ox, oy, ow, oh] = place(other);
            if x < ox + ow && ox < x + w && y < oy + oh && oy < y + h {
                faults.push(format!("{} and {} overlap", one["title"], other["title"]));
            }
        }
    }
}

/// A panel's unit is what its queries give, and its lines have names of their own.
fn says(panel: &Value, faults: &mut Vec<String>) {
    let title = &panel["title"];
    let unit = panel["fieldConfig"]["defaults"]["unit"].as_str().unwrap_or_default();
    let mut legends = BTreeSet::new();
    let targets = panel["targets"].as_array().unwrap();
    if targets.is_empty() {
        faults.push(format!("{title}: asks for nothing"));
    }
    for target in targets {
        let (expr, legend) = (target["expr"].as_str().unwrap(), target["legendFormat"].as_str().unwrap());
        if !units(expr).contains(&unit) {
            faults.push(format!("{title}: {expr} is in {:?}, and the panel in `{unit}`", units(expr)));
        }
        if legend.is_empty() || !legends.insert(legend) {
            faults.push(format!("{title}: a line without a name of its own"));
        }
        let named: BTreeSet<&str> =
            legend.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).collect();
        let kept = kept(expr);
        if named != kept {
            faults.push(format!("{title}: the lines differ in {kept:?}, and the legend says {named:?}"));
        }
        if expr.contains("vector(") && panel["type"] != "stat" {
            faults.push(format!("{title}: a line without labels beside the others"));
        }
    }
}

/// The labels that the lines of a query differ in.
fn kept(expr: &str) -> BTreeSet<&str> {
    let aggregated = ["sum", "max", "min", "histogram_quantile"].iter().any(|name| expr.starts_with(name));
    if !aggregated {
        return BTreeSet::from(["instance"]);
    }
    let by = expr.split_once(" by (").and_then(|(_, rest)| rest.split(')').next()).unwrap_or_default();
    by.split(", ").filter(|label| !label.is_empty() && *label != "le").collect()
}

/// The units that a query's figures may be shown in, by Prometheus's names of metrics.
fn units(expr: &str) -> &'static [&'static str] {
    let families = ["storm_", "process_", "kafka_", "node_"];
    let metric = words(expr).find(|word| families.iter().any(|family| word.starts_with(family))).unwrap();
    let is = |ends: &[&str]| ends.iter().any(|end| metric.ends_with(end));
    let a_second = expr.contains("rate(");
    match () {
        () if is(&["_seconds_bucket"]) => &["s"],
        () if is(&["_seconds_sum", "_seconds_total"]) && a_second => &["percentunit"],
        () if is(&["_bytes_total", "_bytesin_total", "_bytesout_total"]) && a_second => &["Bps"],
        () if a_second => &["ops"],
        () if is(&["_seconds"]) => &["s"],
        () if is(&["timems"]) => &["ms"],
        () if is(&["_bytes"]) => &["bytes"],
        () if is(&["_share"]) => &["percentunit"],
        () if metric == "storm_ready" => &["none", "bool_yes_no"],
        () => &["none"],
    }
}

fn words(expr: &str) -> impl Iterator<Item = &str> {
    expr.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[test]
fn panels_stand_apart_and_every_line_has_its_unit_and_its_name() {
    assert_eq!(faults(&board()), Vec::<String>::new());
}

#[test]
fn what_is_asked_by_label_has_that_label() {
    let documented = documented();
    let text = board().to_string();
    let mut asked = 0;
    for expr in text.split("\"expr\":\"").skip(1).filter_map(|rest| rest.split("\",\"").next()) {
        let Some(metric) = words(expr).find(|word| word.starts_with("storm_")) else { continue };
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| metric.strip_suffix(end));
        let labels = documented
            .get(metric)
            .or_else(|| documented.get(family.unwrap_or(metric)))
            .unwrap_or_else(|| panic!("{metric} is not documented"));
        let lost: Vec<&str> = kept(expr).into_iter().filter(|label| !labels.contains(*label)).collect();
        assert_eq!(lost, Vec::<&str>::new(), "{expr}: it has {labels:?}");
        asked += 1;
    }
    assert!(asked > 60, "{asked} queries");
}

#[test]
fn a_policys_row_is_collapsed_and_holds_its_panels() {
    let board = board();
    let rows: Vec<&Value> =
        board["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] == "row").collect();
    let policies: Vec<&&Value> =
        rows.iter().filter(|row| row["title"].as_str().unwrap().contains(": ")).collect();
    assert!(policies.len() > 3, "{} policies", policies.len());
    for row in policies {
        assert_eq!(row["collapsed"], true, "{row}");
        assert_eq!(row["panels"].as_array().unwrap().len(), 3, "{row}");
    }
}

/// Each fault that was ever there, or may come, is seen.
#[test]
fn a_broken_board_is_told() {
    type Break = fn(&mut Value);
    let breaks: [(&str, Break); 9] = [
        ("overlap", |board| board["panels"][1]["gridPos"]["x"] = json!(0)),
        ("outside of the board", |board| board["panels"][0]["gridPos"]["x"] = json!(23)),
        ("a number twice", |board| board["panels"][1]["id"] = json!(1)),
        ("and the panel in ``", |board| *unit(board) = json!("")),
        ("and the panel in `s`", |board| *unit(board) = json!("s")),
        ("a line without a name of its own", |board| {
            timeseries(board)["targets"][0]["legendFormat"] = json!("")
        }),
        ("and the legend says", |board| timeseries(board)["targets"][0]["legendFormat"] = json!("{{name}}")),
        ("a line without labels beside the others", |board| {
            let expr = &mut timeseries(board)["targets"][0]["expr"];
            *expr = json!(format!("{} or vector(0)", expr.as_str().unwrap()));
        }),
        ("a row holds its panels exactly while it is collapsed", |board| {
            let rows = board["panels"].as_array_mut().unwrap();
            rows.iter_mut().find(|row| row["collapsed"] == true).unwrap()["collapsed"] = json!(false);
        }),
    ];
    for (told, break_it) in breaks {
        let mut board = board();
        break_it(&mut board);
        let faults = faults(&board);
        assert!(faults.iter().any(|fault| fault.contains(told)), "not told: {told}: {faults:?}");
    }
}

/// The first panel with lines.
fn timeseries(board: &mut Value) -> &mut Value {
    let panels = board["panels"].as_array_mut().unwrap();
    panels.iter_mut().find(|panel| panel["type"] == "timeseries").unwrap()
}

fn unit(board: &mut Value) -> &mut Value {
    &mut timeseries(board)["fieldConfig"]["defaults"]["unit"]
}
