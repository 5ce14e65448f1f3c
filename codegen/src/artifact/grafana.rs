//! The board: rows for what all services have in common, and one for each policy of the model.

mod figures;
mod outside;
mod panels;

use askama::Template;

use super::{Artifact, Ground, Plan, rust, text};
use crate::contract::Contract;
use crate::files::{Kind, MARK};
use figures::{FIGURES, Figure};
use outside::OUTSIDE;
use panels::{COMMON, POLICY, Panel, Row};

pub(super) struct Grafana;

#[derive(Template)]
#[template(path = "deploy/grafana.json.jinja", escape = "none")]
struct BoardView {
    mark: String,
    title: String,
    uid: String,
    /// Rows and panels in order.
    panels: Vec<PanelView>,
}

#[derive(Template)]
#[template(path = "deploy/grafana_datasource.yml.jinja", escape = "none")]
struct DatasourceView;

#[derive(Template)]
#[template(path = "deploy/grafana_boards.yml.jinja", escape = "none")]
struct BoardsView {
    system: String,
}

struct PanelView {
    id: usize,
    /// `row`, `stat` or `timeseries`.
    kind: &'static str,
    /// As JSON, as all that follows.
    title: String,
    unit: &'static str,
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    queries: Vec<(char, String, String)>,
    /// Of a figure: the colour below the first bound, and each bound with its colour.
    steps: Option<(&'static str, &'static [(f64, &'static str)])>,
}

/// The board is 24 wide.
const WIDTH: usize = 24;

impl Artifact for Grafana {
    fn name(&self) -> &'static str {
        "grafana board"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        if contract.services().next().is_none() {
            return Vec::new();
        }
        let system = contract.project.name.as_str();
        let board = move || text(&board(contract));
        let datasource = || text(&DatasourceView);
        let boards = move || text(&BoardsView { system: system.to_owned() });
        let path = |rest: &str| format!("deploy/grafana/{rest}");
        vec![
            Plan::generated(ground, path("boards/services.json"), Kind::Json, board),
            Plan::generated(ground, path("provisioning/datasources/prometheus.yml"), Kind::Yaml, datasource),
            Plan::generated(ground, path("provisioning/dashboards/boards.yml"), Kind::Yaml, boards),
        ]
    }
}

fn board(contract: &Contract<'_>) -> BoardView {
    let system = &contract.project.name;
    let mut all = Vec::new();
    let mut y = 0;
    stand(FIGURES, &mut all, &mut y);
    COMMON.iter().for_each(|row| lay(row.title.to_owned(), row.panels, &["", ""], &mut all, &mut y));
    for own in contract.services() {
        for policy in rust::policies_of(contract, own) {
            let title = format!("{}: {}: {}", own.name, policy.name, policy.sentence);
            lay(title, POLICY, &[&own.slug, &policy.name], &mut all, &mut y);
        }
    }
    OUTSIDE
        .iter()
        .for_each(|Row { title, panels }| lay((*title).to_owned(), panels, &["", ""], &mut all, &mut y));
    BoardView {
        mark: json(&format!("{MARK} from the model `{system}`; do not edit")),
        title: json(&format!("{system}: services")),
        uid: json(&format!("storm-{system}")),
        panels: all,
    }
}

/// Figures side by side.
fn stand(figures: &[Figure], all: &mut Vec<PanelView>, y: &mut usize) {
    let (width, height) = (WIDTH / figures.len(), 4);
    for (index, figure) in figures.iter().enumerate() {
        all.push(PanelView {
            id: all.len() + 1,
            kind: "stat",
            title: json(figure.title),
            unit: figure.unit,
            x: index * width,
            y: *y,
            width,
            height,
            queries: vec![('A', json(figure.expr), json(""))],
            steps: Some((figure.below, figure.from)),
        });
    }
    *y += height;
}

/// A row and its panels, three side by side. `context` and `name` stand in a policy's queries.
fn lay(
    title: String,
    panels: &[Panel],
    &[context, name]: &[&str; 2],
    all: &mut Vec<PanelView>,
    y: &mut usize,
) {
    let row = PanelView {
        id: all.len() + 1,
        kind: "row",
        title: json(&title),
        unit: "",
        x: 0,
        y: *y,
        width: WIDTH,
        height: 1,
        queries: Vec::new(),
        steps: None,
    };
    all.push(row);
    *y += 1;
    let (width, height) = (WIDTH / 3, 8);
    for (index, panel) in panels.iter().enumerate() {
        let of = |expr: &str| json(&expr.replace("CONTEXT", context).replace("NAME", name));
        let query = |(letter, (expr, legend)): (char, &(&str, &str))| (letter, of(expr), json(legend));
        all.push(PanelView {
            id: all.len() + 1,
            kind: "timeseries",
            title: json(panel.title),
            unit: panel.unit,
            x: index % 3 * width,
            y: *y + index / 3 * height,
            width,
            height,
            queries: ('A'..).zip(panel.queries).map(query).collect(),
            steps: None,
        });
    }
    *y += panels.len().div_ceil(3) * height;
}

/// A text as a JSON string.
fn json(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    fn a_sentence_with_quotes_is_one_json_string() {
        assert_eq!(json("say \"hi\"\n\\ it"), r#""say \"hi\" \\ it""#);
    }
}
