//! What a server is asked, in PromQL. Pure.
//!
//! Everything is taken together by node and by the metric's own label: whether a series was scraped or written, by
//! which job and from which instance makes no difference.

use releve_protocol::NodeId;

use super::super::parameters::Stretch;
use super::answer::Found;
use super::problem::Problem;
use crate::metrics::readings::{METRICS, MetricRow, Shows, Statistic};
use crate::store::history::Grid;

/// Quantities that one query asks for.
const QUANTITIES_OF_A_QUERY: usize = 3;
/// The label by which the parts of an answer are told from each other.
pub const PART: &str = "part";

/// What is computed of a metric over a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The sum of its samples.
    Sum,
    /// How many they are.
    Count,
    /// The least one.
    Least,
    /// The greatest one.
    Greatest,
    /// The last one.
    Last,
}

/// A part of a query: one computation of one metric.
#[derive(Clone, Copy)]
pub struct Part {
    /// The metric.
    pub row: &'static MetricRow,
    /// What is computed of it.
    pub over: Over,
}

impl Part {
    /// Its expression, each series with the label `part`: the names of metrics do not survive a computation.
    fn expression(&self, number: usize, node: &NodeId, range_ms: i64) -> String {
        // Of several last values it is not known which was the last one: this occurs where a series begins that
        // another one continues, and the greatest one was measured, too.
        let (all, each) = match self.over {
            Over::Sum => ("sum", "sum_over_time"),
            Over::Count => ("sum", "count_over_time"),
            Over::Least => ("min", "min_over_time"),
            Over::Greatest => ("max", "max_over_time"),
            Over::Last => ("max", "last_over_time"),
        };
        let name = &self.row.name;
        let by = self
            .row
            .label()
            .map_or_else(|| "node".to_owned(), |label| format!("node, {label}"));
        let range = format!("{name}{{node=\"{node}\"}}[{range_ms}ms]");
        let value = format!("{all} by ({by}) ({each}({range}))");
        format!("label_replace({value}, \"{PART}\", \"{number}\", \"node\", \".*\")")
    }
}

/// Whether a range includes the moment at which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// Both ends belong to it: Prometheus until 2.55.
    Closed,
    /// It begins behind its first moment: Prometheus from 3.0 on, VictoriaMetrics.
    LeftOpen,
}

impl Edges {
    /// What the answer to [`Question::edges`] tells.
    ///
    /// # Errors
    /// If it is no answer to that.
    pub fn of(found: &[Found]) -> Result<Self, Problem> {
        let values = found.iter().flat_map(|series| &series.samples);
        let values: Vec<f64> = values.map(|(_, value)| *value).collect();
        match values[..] {
            [2.0] => Ok(Self::LeftOpen),
            [3.0] => Ok(Self::Closed),
            _ => Err(Problem::nonsense(format!(
                "in two seconds it counts {values:?} seconds"
            ))),
        }
    }

    /// The range that holds so many ms, of which the last one is that for which it is asked.
    fn range_ms(self, ms: i64) -> i64 {
        match self {
            // Samples lie at whole milliseconds.
            Self::Closed => (ms - 1).max(1),
            Self::LeftOpen => ms,
        }
    }
}

/// A query, and for which moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The address behind `/api/v1/`.
    pub address: &'static str,
    /// Names and values of the form that is sent there.
    pub form: Vec<(&'static str, String)>,
}

impl Question {
    fn at(moment: i64, query: String) -> Self {
        Self {
            address: "query",
            form: vec![("query", query), ("time", seconds(moment))],
        }
    }

    /// How many full seconds two seconds have: a question that needs no data, and that tells which end of a range
    /// belongs to it. A version would not: servers of many names answer PromQL.
    pub fn edges() -> Self {
        Self::at(1_000_000, "count_over_time(vector(0)[2s:1s])".to_owned())
    }

    /// Those parts of each bucket. A reading belongs to the bucket at whose end its window ends.
    pub fn buckets(parts: &[Part], node: &NodeId, grid: Grid, edges: Edges) -> Self {
        let query = together(parts, node, edges.range_ms(grid.step));
        Self {
            address: "query_range",
            form: vec![
                ("query", query),
                ("start", seconds(grid.start + grid.step)),
                ("end", seconds(grid.end())),
                ("step", seconds(grid.step)),
            ],
        }
    }

    /// Those parts of a stretch of time as a whole.
    pub fn whole(parts: &[Part], node: &NodeId, stretch: Stretch, edges: Edges) -> Self {
        let range_ms = edges.range_ms(stretch.to - stretch.from);
        Self::at(stretch.to - 1, together(parts, node, range_ms))
    }

    /// The samples as they are held; where ranges are closed one of the moment before may be among them.
    pub fn samples(node: &NodeId, stretch: Stretch, quantities: &[usize]) -> Self {
        let rows = METRICS.iter().filter(|row| is_wanted(row, quantities));
        let names: Vec<&str> = rows.map(|row| row.name.as_str()).collect();
        let names = names.join("|");
        let range_ms = stretch.to - stretch.from;
        let query = format!("{{__name__=~\"{names}\",node=\"{node}\"}}[{range_ms}ms]");
        Self::at(stretch.to - 1, query)
    }

    /// The form as it is sent.
    pub fn body(&self) -> String {
        let pairs = self.form.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", encoded(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

fn together(parts: &[Part], node: &NodeId, range_ms: i64) -> String {
    let expressions = parts.iter().enumerate();
    let expressions = expressions.map(|(number, part)| part.expression(number, node, range_ms));
    expressions.collect::<Vec<_>>().join(" or ")
}

/// Whether the metric tells of one of those quantities, or of something else than a quantity.
fn is_wanted(row: &MetricRow, quantities: &[usize]) -> bool {
    match row.series.first().map(|series| series.shows) {
        Some(Shows::Figure(place, _)) => quantities.contains(&place),
        Some(_) => true,
        None => false,
    }
}

/// The parts that count readings: each knows of each relay.
pub fn counts() -> Vec<Part> {
    let is_of_relays = |row: &&MetricRow| row.label() == Some("relay");
    let rows = METRICS.iter().filter(is_of_relays);
    rows.map(|row| Part {
        row,
        over: Over::Count,
    })
    .collect()
}

/// Everything else that a chart of those quantities needs: the parts of each query.
pub fn groups(quantities: &[usize]) -> Vec<Vec<Part>> {
    let states = METRICS.iter().filter(|row| is_wanted(row, &[]));
    // How often something was so, and of how many times, belongs together.
    let states = counts().into_iter().chain(states.flat_map(parts));
    let mut groups = vec![states.collect()];
    for some in quantities.chunks(QUANTITIES_OF_A_QUERY) {
        let is_one = |row: &&MetricRow| is_wanted(row, some) && !is_wanted(row, &[]);
        groups.push(METRICS.iter().filter(is_one).flat_map(parts).collect());
    }
    groups
}

/// What is to be known of a metric.
fn parts(row: &'static MetricRow) -> impl Iterator<Item = Part> {
    let shows = row.series.first().map(|series| series.shows);
    let all: &[Over] = match shows {
        Some(Shows::Figure(_, Statistic::Mean)) => &[Over::Sum, Over::Count],
        Some(Shows::Figure(_, Statistic::Least)) => &[Over::Least],
        Some(Shows::Figure(_, Statistic::Greatest)) => &[Over::Greatest],
        Some(Shows::MissingCharge | Shows::StateOfCharge) => {
            &[Over::Last, Over::Least, Over::Greatest]
        }
        Some(Shows::Relay(_) | Shows::Mode(_) | Shows::Phase(_) | Shows::Alarm(_)) => &[Over::Sum],
        None => &[],
    };
    all.iter().map(move |over| Part { row, over: *over })
}

/// Milliseconds in seconds, as the API takes them.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    format!("{sign}{}.{:03}", ms / 1000, ms % 1000)
}

/// A value of a form.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid {
        start: 600_000,
        step: 300_000,
        count: 3,
    };

    fn node() -> NodeId {
        "cabin".parse().expect("a node id")
    }

    fn part(name: &str, over: Over) -> Part {
        let row = METRICS.iter().find(|row| row.name == name);
        let row = row.expect("a metric");
        Part { row, over }
    }

    #[test]
    fn a_bucket_ends_with_its_last_moment_and_begins_behind_the_one_before() {
        let parts = [
            part("releve_temperature_max_celsius", Over::Greatest),
            part("releve_relay_closed", Over::Sum),
        ];
        let question = Question::buckets(&parts, &node(), GRID, Edges::LeftOpen);
        let query = "label_replace(max by (node) (max_over_time(releve_temperature_max_celsius{node=\"cabin\"}[300000ms])), \"part\", \"0\", \"node\", \".*\") or \
                     label_replace(sum by (node, relay) (sum_over_time(releve_relay_closed{node=\"cabin\"}[300000ms])), \"part\", \"1\", \"node\", \".*\")";
        let expected = [
            ("query", query),
            ("start", "900.000"),
            ("end", "1500.000"),
            ("step", "300.000"),
        ];
        let expected = expected.map(|(name, value)| (name, value.to_owned()));
        assert_eq!(question.form, expected);
        let closed = Question::buckets(&parts, &node(), GRID, Edges::Closed);
        assert!(closed.form[0].1.contains("[299999ms]"));
    }

    #[test]
    fn two_seconds_have_two_or_three() {
        let found = |values: &[f64]| {
            let one = |value: &f64| Found {
                labels: std::collections::BTreeMap::new(),
                samples: vec![(1_000_000, *value)],
            };
            values.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(Edges::of(&found(&[2.0])), Ok(Edges::LeftOpen));
        assert_eq!(Edges::of(&found(&[3.0])), Ok(Edges::Closed));
        for values in [&[][..], &[1.0], &[2.0, 2.0]] {
            assert!(Edges::of(&found(values)).is_err(), "{values:?}");
        }
    }

    #[test]
    fn each_metric_is_asked_for_where_it_is_wanted_and_never_twice_in_a_query() {
        let of = |groups: Vec<Vec<Part>>| -> Vec<(String, Over)> {
            let parts = groups.into_iter().flatten();
            parts
                .map(|part| (part.row.name.clone(), part.over))
                .collect()
        };
        let all: Vec<usize> = (0..9).collect();
        let groups_of_all = groups(&all);
        assert_eq!(groups_of_all.len(), 4);
        let asked = of(groups_of_all);
        for row in METRICS.iter() {
            assert!(
                asked.iter().any(|(name, _)| *name == row.name),
                "{}",
                row.name
            );
        }
        for (place, part) in asked.iter().enumerate() {
            assert!(!asked[..place].contains(part), "{part:?}");
        }
        let one = of(groups(&[8]));
        assert!(
            one.iter()
                .any(|(name, _)| name == "releve_temperature_celsius")
        );
        assert!(!one.iter().any(|(name, _)| name.contains("volts")));
        let one = Question::samples(&node(), Stretch { from: 0, to: 5 }, &[8]);
        let query = &one.form[0].1;
        assert!(
            query.contains("|releve_mode|") && query.ends_with(",node=\"cabin\"}[5ms]"),
            "{query}"
        );
        assert!(!query.contains("volts"), "{query}");
    }

    #[test]
    fn forms_are_sent_as_forms() {
        let question = Question::at(-1_500, "a{b=\"c d\"}[5m]".to_owned());
        assert_eq!(
            question.body(),
            "query=a%7Bb%3D%22c%20d%22%7D%5B5m%5D&time=-1.500"
        );
    }
}
