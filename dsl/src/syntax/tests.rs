use super::*;

#[test]
fn reads() {
    for text in [
        include_str!("tests/language.storm"),
        include_str!("../../../models/fulfilment/payments.storm"),
        include_str!("../../../models/fulfilment/sales.storm"),
        include_str!("../../../models/fulfilment/scenarios.storm"),
        include_str!("../../../models/fulfilment/streams.storm"),
        include_str!("../../../models/fulfilment/warehouse.storm"),
        include_str!("../../../models/minimal/greeting.storm"),
        include_str!("../../../models/shop/capture.storm"),
        include_str!("../../../models/shop/inventory.storm"),
        include_str!("../../../models/shop/ordering.storm"),
        include_str!("../../../models/shop/payments.storm"),
        include_str!("../../../models/shop/shipping.storm"),
        include_str!("../../../models/shop/streams.storm"),
    ] {
        let (tree, findings) = parse(FileId(0), text);
        for finding in &findings {
            let line = text[..finding.labels[0].span.start as usize].matches('\n').count() + 1;
            println!("{line} {} {} {:?}", finding.rule.code, finding.message, finding.help);
        }
        println!("{}", tree.items.len());
        assert!(findings.is_empty());
    }
}
