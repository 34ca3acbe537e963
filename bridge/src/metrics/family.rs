//! Families of Prometheus metrics, written as text at the moment of a scrape.
//!
//! By hand: of ten thousand nodes a family has hundreds of thousands of series, which as objects of a library take
//! ten times the text's room.

use std::fmt::Write;

/// A family under construction.
pub struct Family {
    name: String,
    text: String,
    has_series: bool,
}

impl Family {
    /// A gauge without series yet.
    #[must_use]
    pub fn gauge(name: &str, help: &str) -> Self {
        Self::new(name, help, "gauge")
    }

    /// A counter without series yet.
    #[must_use]
    pub fn counter(name: &str, help: &str) -> Self {
        Self::new(name, help, "counter")
    }

    fn new(name: &str, help: &str, kind: &str) -> Self {
        let mut text = format!("# HELP {name} ");
        push_escaped(&mut text, help, &['\\', '\n']);
        text += &format!("\n# TYPE {name} {kind}\n");
        Self {
            name: name.to_owned(),
            text,
            has_series: false,
        }
    }

    /// Adds a series.
    pub fn add(&mut self, labels: &[(&str, &str)], value: f64) {
        self.has_series = true;
        self.text += &self.name;
        for (place, (name, value)) in labels.iter().enumerate() {
            self.text.push(if place == 0 { '{' } else { ',' });
            self.text += name;
            self.text += "=\"";
            push_escaped(&mut self.text, value, &['\\', '\n', '"']);
            self.text.push('"');
        }
        let close = if labels.is_empty() { "" } else { "}" };
        // A text takes everything.
        let _ = writeln!(self.text, "{close} {value}");
    }

    /// The family's lines, unless it has no series.
    #[must_use]
    pub fn finish(self) -> Option<String> {
        self.has_series.then_some(self.text)
    }
}

/// Appends the text, with a backslash before what has a meaning there.
fn push_escaped(to: &mut String, text: &str, meaning: &[char]) {
    for character in text.chars() {
        if meaning.contains(&character) {
            to.push('\\');
        }
        to.push(if character == '\n' { 'n' } else { character });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_written_as_prometheus_reads_it() {
        let mut family = Family::counter("a_total", "Back\\slash,\nline and \"quotes\".");
        family.add(&[("node", "n1"), ("name", "a \"b\" \\ c\nd")], 3.0);
        family.add(&[], 0.25);
        let text = family.finish().expect("series");
        let expected = r##"# HELP a_total Back\\slash,\nline and "quotes".
# TYPE a_total counter
a_total{node="n1",name="a \"b\" \\ c\nd"} 3
a_total 0.25
"##;
        assert_eq!(text, expected);
    }

    #[test]
    fn a_family_without_series_is_none() {
        assert_eq!(Family::gauge("a", "b").finish(), None);
    }
}
