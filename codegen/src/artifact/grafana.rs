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
use panels::{COMMON, POLICY, Row};

pub(super) struct Grafana;

#[derive(Template)]
#[template(path = "deploy/grafana.json.jinja", escape = "none")]
struct BoardView {
    mark: String,
    title: String,
    uid: String,
    /// Rows and panels in order; what a row hides is inside of it.
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

#[derive(Template)]
#[template(path = "deploy/grafana_panel.json.jinja", escape = "none")]
struct PanelView {
    id: usize,
    /// `row`, `stat` or `timeseries`.
    kind: &'static str,
    /// Of a row: its panels are within, and drawn once it is opened.
    collapsed: bool,
    within: Vec<PanelView>,
    /// As JSON, as all that follows.
    title: String,
    unit: &'static str,
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    queries: Vec<(char, String, String)>,
    /// Shown instead of lines while there are none.
    nothing: Option<&'static str>,
    /// Of a figure: the colour below the first bound, and each bound with its colour.
    steps: Option<(&'static str, &'static [(f64, &'static str)])>,
}

impl PanelView {
    fn is_row(&self) -> bool {
        self.kind == "row"
    }
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
    let mut wall = Wall::default();
    wall.stand(FIGURES);
    COMMON.iter().for_each(|row| wall.lay(row.title, row, &["", ""]));
    for own in contract.services() {
        for policy in rust::policies_of(contract, own) {
            let title = format!("{}: {}: {}", own.name, policy.name, policy.sentence);
            wall.lay(&title, &POLICY, &[&own.slug, &policy.name]);
        }
    }
    OUTSIDE.iter().for_each(|row| wall.lay(row.title, row, &["", ""]));
    BoardView {
        mark: json(&format!("{MARK} from the model `{system}`; do not edit")),
        title: json(&format!("{system}: services")),
        uid: json(&format!("storm-{system}")),
        panels: wall.panels,
    }
}

/// What hangs already, from the top.
#[derive(Default)]
struct Wall {
    panels: Vec<PanelView>,
    /// How many have a number.
    numbered: usize,
    /// Where the next row begins.
    y: usize,
}

impl Wall {
    fn number(&mut self) -> usize {
        self.numbered += 1;
        self.numbered
    }

    /// Figures side by side.
    fn stand(&mut self, figures: &[Figure]) {
        let (width, height) = (WIDTH / figures.len(), 4);
        for (index, figure) in figures.iter().enumerate() {
            let view = PanelView {
                id: self.number(),
                kind: "stat",
                collapsed: false,
                within: Vec::new(),
                title: json(figure.title),
                unit: figure.unit,
                x: index * width,
                y: self.y,
                width,
                height,
                queries: vec![('A', json(figure.expr), json(figure.title))],
                nothing: None,
                steps: Some((figure.below, figure.from)),
            };
            self.panels.push(view);
        }
        self.y += height;
    }

    /// A row and its panels, up to three side by side, over the whole width. `context` and `name` stand in a policy's
    /// queries. What is hidden takes no room: the next row begins right below the heading.
    fn lay(&mut self, title: &str, row: &Row, &[context, name]: &[&str; 2]) {
        let mut head = PanelView {
            id: self.number(),
            kind: "row",
            collapsed: row.collapsed,
            within: Vec::new(),
            title: json(title),
            unit: "",
            x: 0,
            y: self.y,
            width: WIDTH,
            height: 1,
            queries: Vec::new(),
            nothing: None,
            steps: None,
        };
        self.y += 1;
        let (mut y, height) = (self.y, 8);
        let mut hung = Vec::new();
        for line in row.panels.chunks(3) {
            let width = WIDTH / line.len();
            for (index, panel) in line.iter().enumerate() {
                let of = |expr: &str| json(&expr.replace("CONTEXT", context).replace("NAME", name));
                let query =
                    |(letter, (expr, legend)): (char, &(&str, &str))| (letter, of(expr), json(legend));
                hung.push(PanelView {
                    id: self.number(),
                    kind: "timeseries",
                    collapsed: false,
                    within: Vec::new(),
                    title: json(panel.title),
                    unit: panel.unit,
                    x: index * width,
                    y,
                    width,
                    height,
                    queries: ('A'..).zip(panel.queries).map(query).collect(),
                    nothing: panel.nothing,
                    steps: None,
                });
            }
            y += height;
        }
        if row.collapsed {
            head.within = hung;
            self.panels.push(head);
        } else {
            self.panels.push(head);
            self.panels.append(&mut hung);
            self.y = y;
        }
    }
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
