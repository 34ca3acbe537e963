//! Families of Prometheus metrics, built from values at the moment of a scrape, as text.

use prometheus::TextEncoder;
use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};
use tracing::error;

/// What is said of a family before its series: they follow without any of another family in between.
#[derive(Debug)]
pub struct Head {
    /// Its name.
    pub name: String,
    help: String,
    kind: MetricType,
}

impl Head {
    /// Of a gauge.
    #[must_use]
    pub fn gauge(name: &str, help: &str) -> Self {
        Self::new(name, help, MetricType::GAUGE)
    }

    /// Of a counter.
    #[must_use]
    pub fn counter(name: &str, help: &str) -> Self {
        Self::new(name, help, MetricType::COUNTER)
    }

    fn new(name: &str, help: &str, kind: MetricType) -> Self {
        Self {
            name: name.to_owned(),
            help: help.to_owned(),
            kind,
        }
    }

    /// The family without series yet.
    #[must_use]
    pub fn family(&self) -> Family {
        let mut family = MetricFamily::default();
        family.set_name(self.name.clone());
        family.set_help(self.help.clone());
        family.set_field_type(self.kind);
        Family { family }
    }
}

/// A family, or a part of one, under construction.
pub struct Family {
    family: MetricFamily,
}

impl Family {
    /// A gauge without series yet.
    #[must_use]
    pub fn gauge(name: &str, help: &str) -> Self {
        Head::gauge(name, help).family()
    }

    /// A counter without series yet.
    #[must_use]
    pub fn counter(name: &str, help: &str) -> Self {
        Head::counter(name, help).family()
    }

    /// Adds a series.
    pub fn add(&mut self, labels: &[(&str, &str)], value: f64) {
        let labels = labels.iter().map(|(name, value)| {
            let mut pair = LabelPair::default();
            pair.set_name((*name).to_owned());
            pair.set_value((*value).to_owned());
            pair
        });
        let mut metric = Metric::from_label(labels.collect());
        if self.family.get_field_type() == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        self.family.mut_metric().push(metric);
    }

    /// The family's text, unless it has no series.
    #[must_use]
    pub fn finish(self) -> Option<String> {
        if self.family.get_metric().is_empty() {
            return None;
        }
        let mut text = String::new();
        match TextEncoder::new().encode_utf8(&[self.family], &mut text) {
            Ok(()) => Some(text),
            Err(problem) => {
                error!(%problem, "a metric cannot be written and is left out");
                None
            }
        }
    }

    /// The text of its series alone: a part of the family was written before.
    #[must_use]
    pub fn finish_further(self) -> Option<String> {
        let mut text = self.finish()?;
        let head: usize = (text.split_inclusive('\n'))
            .take_while(|line| line.starts_with('#'))
            .map(str::len)
            .sum();
        text.drain(..head);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_text_is_escaped() {
        let mut family = Family::gauge("x", "a \\ b\nc");
        family.add(&[("name", "a \"b\" \\ c\nd"), ("e", "ü")], 0.5);
        family.add(&[], -3.0);
        let expected = "# HELP x a \\\\ b\\nc\n# TYPE x gauge\nx{name=\"a \\\"b\\\" \\\\ c\\nd\",e=\"ü\"} 0.5\nx -3\n";
        assert_eq!(family.finish().as_deref(), Some(expected));
        assert_eq!(Family::counter("x", "y").finish(), None);
    }

    #[test]
    fn a_further_part_has_no_head() {
        let mut family = Family::counter("x_total", "y");
        family.add(&[("node", "#1")], 2.0);
        let text = family.finish_further();
        assert_eq!(text.as_deref(), Some("x_total{node=\"#1\"} 2\n"));
        assert_eq!(Family::counter("x", "y").finish_further(), None);
    }
}
