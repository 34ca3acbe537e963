//! Families of Prometheus metrics as text, built from values at the moment of a scrape.

use std::fmt::Write;

/// Prometheus' text format, as an answer's type.
pub const TEXT_FORMAT: &str = "text/plain; version=0.0.4";

/// What is said of a family before its series: they follow without any of another family in between.
#[derive(Debug)]
pub struct Head {
    /// Its name.
    pub name: String,
    /// Its lines `HELP` and `TYPE`.
    lines: String,
}

impl Head {
    /// Of a gauge.
    #[must_use]
    pub fn gauge(name: &str, help: &str) -> Self {
        Self::new(name, help, "gauge")
    }

    /// Of a counter.
    #[must_use]
    pub fn counter(name: &str, help: &str) -> Self {
        Self::new(name, help, "counter")
    }

    fn new(name: &str, help: &str, kind: &str) -> Self {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        Self {
            name: name.to_owned(),
            lines: format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"),
        }
    }

    /// Adds the head to the text.
    pub fn begin(&self, text: &mut String) {
        text.push_str(&self.lines);
    }

    /// Adds a series to the text.
    pub fn add(&self, text: &mut String, labels: &[(&str, &str)], value: f64) {
        text.push_str(&self.name);
        let mut before = '{';
        for (name, value) in labels {
            text.push(before);
            text.push_str(name);
            text.push_str("=\"");
            push_value(text, value);
            text.push('"');
            before = ',';
        }
        if !labels.is_empty() {
            text.push('}');
        }
        // A text takes everything.
        let _ = writeln!(text, " {value}");
    }
}

/// Adds a label's value, with what would end it escaped.
fn push_value(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            letter => text.push(letter),
        }
    }
}

/// A family under construction.
pub struct Family {
    head: Head,
    series: String,
}

impl Family {
    /// A gauge without series yet.
    #[must_use]
    pub fn gauge(name: &str, help: &str) -> Self {
        Self::of(Head::gauge(name, help))
    }

    /// A counter without series yet.
    #[must_use]
    pub fn counter(name: &str, help: &str) -> Self {
        Self::of(Head::counter(name, help))
    }

    const fn of(head: Head) -> Self {
        Self {
            head,
            series: String::new(),
        }
    }

    /// Adds a series.
    pub fn add(&mut self, labels: &[(&str, &str)], value: f64) {
        self.head.add(&mut self.series, labels, value);
    }

    /// The family's text, unless it has no series.
    #[must_use]
    pub fn finish(self) -> Option<String> {
        if self.series.is_empty() {
            return None;
        }
        let mut text = String::new();
        self.head.begin(&mut text);
        text.push_str(&self.series);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_text_is_escaped() {
        let mut family = Family::gauge("x", "a \\ b\nc");
        family.add(&[("name", "a \"b\" \\ c\nd"), ("é", "ü")], 0.5);
        family.add(&[], -3.0);
        let expected = "# HELP x a \\\\ b\\nc\n# TYPE x gauge\nx{name=\"a \\\"b\\\" \\\\ c\\nd\",é=\"ü\"} 0.5\nx -3\n";
        assert_eq!(family.finish().as_deref(), Some(expected));
        assert_eq!(Family::counter("x", "y").finish(), None);
    }
}
