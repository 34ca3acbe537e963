//! Rows of a file for spreadsheets and programs (RFC 4180), in two languages. Pure.

use std::io::Write;

use releve_protocol::Timestamp;
use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::RelayName;
use releve_protocol::control::statistics::Quality;
use releve_protocol::language::Language;

use super::point::{Known, Point};
use crate::store::rollup::bucket::Extent;

/// Files in French are opened by double click: without the mark, spreadsheets take them for another encoding.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Csv {
    language: Language,
}

impl Csv {
    /// In English with commas and decimal points; in French with semicolons and decimal commas, as spreadsheets
    /// there expect.
    pub const fn new(language: Language) -> Self {
        Self { language }
    }

    const fn pick(self, english: &'static str, french: &'static str) -> &'static str {
        match self.language {
            Language::English => english,
            Language::French => french,
        }
    }

    const fn separator(self) -> u8 {
        match self.language {
            Language::English => b',',
            Language::French => b';',
        }
    }

    /// The first row of a file of points.
    pub fn header(self) -> Vec<u8> {
        let mut row = Row::new(self);
        row.text(self.pick("Time (UTC)", "Moment (UTC)"));
        row.text(self.pick("Measured (s)", "Mesuré (s)"));
        for quantity in QUANTITIES {
            let (label, unit) = (quantity.label(self.language), quantity.unit);
            for statistic in [self.pick("mean", "moyenne"), "min", "max"] {
                row.text(&format!("{label}, {statistic} ({unit})"));
            }
            row.text(&format!("{label}, {}", self.pick("quality", "qualité")));
        }
        row.text(self.pick("Missing charge (Ah)", "Charge manquante (Ah)"));
        row.text(self.pick("State of charge (%)", "État de charge (%)"));
        for relay in RelayName::ALL {
            let closed = self.pick("share of time closed", "part du temps fermé");
            row.text(&format!("{}, {closed}", self.language.relay(*relay)));
        }
        row.text("Mode");
        row.text(self.pick("Phase of the cycle", "Phase du cycle"));
        row.text(self.pick("Alarms", "Alarmes"));
        self.first(row)
    }

    /// The first row of a file of events.
    pub fn header_of_events(self) -> Vec<u8> {
        let mut row = Row::new(self);
        row.text(self.pick("Time (UTC)", "Moment (UTC)"));
        row.text(self.pick("Event", "Événement"));
        row.text(self.pick("Details (JSON)", "Détails (JSON)"));
        self.first(row)
    }

    fn first(self, row: Row) -> Vec<u8> {
        let mut bytes = match self.language {
            Language::English => Vec::new(),
            Language::French => BYTE_ORDER_MARK.as_bytes().to_vec(),
        };
        row.end(&mut bytes);
        bytes
    }

    /// A point as a row; a gap is none.
    pub fn point(self, point: &Point, out: &mut Vec<u8>) {
        let Some(known) = &point.known else {
            return;
        };
        let mut row = Row::new(self);
        row.text(&Timestamp::from_unix_millis(point.at).to_string());
        row.figure(known.covered_s);
        self.figures(known, &mut row);
        let modes = (known.mode, known.phase);
        row.text(modes.0.map_or("", |mode| self.language.mode(mode)));
        row.text(modes.1.map_or("", |phase| self.language.phase(phase)));
        let alarms = known.alarms.iter().flatten();
        let alarms = alarms.map(|(alarm, _)| self.language.alarm(*alarm));
        row.text(&alarms.collect::<Vec<_>>().join(" + "));
        row.end(out);
    }

    fn figures(self, known: &Known, row: &mut Row) {
        for figures in &known.quantities {
            row.figure(figures.mean);
            row.figure(figures.min);
            row.figure(figures.max);
            row.text(figures.quality.map_or("", |quality| self.quality(quality)));
        }
        let last = |extent: Option<Extent>| extent.map(|extent| extent.last);
        row.figure(last(known.missing_ah));
        row.figure(last(known.state_of_charge));
        for (_, closed) in known.closed.iter() {
            row.figure(*closed);
        }
    }

    /// An event as a row.
    pub fn event(self, at: &str, kind: &str, details: &str, out: &mut Vec<u8>) {
        let mut row = Row::new(self);
        for text in [at, kind, details] {
            row.text(text);
        }
        row.end(out);
    }

    const fn quality(self, quality: Quality) -> &'static str {
        match quality {
            Quality::Good => self.pick("good", "bonne"),
            Quality::Partial => self.pick("partial", "partielle"),
            Quality::OverRange => self.pick("over range", "hors plage"),
            Quality::Missing => self.pick("missing", "manquante"),
        }
    }
}

/// A row that is being written.
struct Row {
    csv: Csv,
    bytes: Vec<u8>,
}

impl Row {
    fn new(csv: Csv) -> Self {
        Self {
            csv,
            bytes: Vec::with_capacity(512),
        }
    }

    fn text(&mut self, text: &str) {
        let separator = self.csv.separator();
        let needs_quotes = |byte: u8| byte == separator || matches!(byte, b'"' | b'\r' | b'\n');
        if text.bytes().any(needs_quotes) {
            self.bytes.push(b'"');
            self.bytes.extend(text.replace('"', "\"\"").bytes());
            self.bytes.push(b'"');
        } else {
            self.bytes.extend(text.bytes());
        }
        self.bytes.push(separator);
    }

    fn figure(&mut self, value: Option<f64>) {
        let begin = self.bytes.len();
        if let Some(value) = value {
            // Writing into memory does not fail.
            let _ = write!(self.bytes, "{value}");
        }
        if self.csv.language == Language::French {
            let point = self.bytes[begin..].iter_mut().find(|byte| **byte == b'.');
            if let Some(point) = point {
                *point = b',';
            }
        }
        self.bytes.push(self.csv.separator());
    }

    fn end(mut self, out: &mut Vec<u8>) {
        // No separator behind the last field.
        self.bytes.pop();
        out.extend(self.bytes);
        out.extend(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn file(language: Language) -> Vec<String> {
        let csv = Csv::new(language);
        let mut bytes = csv.header();
        for point in Point::of_readings(&[samples::stored("a", 1), samples::stored("a", 9)]) {
            csv.point(&point, &mut bytes);
        }
        let text = String::from_utf8(bytes).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn english_has_commas_and_points() {
        let lines = file(Language::English);
        assert_eq!(lines.len(), 3, "a gap is no row");
        assert!(lines[0].starts_with("Time (UTC),Measured (s),\"Battery voltage, mean (V)\","));
        assert!(lines[1].starts_with("2026-11-22T23:19:30.000Z,30,13.62,13.6,13.64,good,"));
        assert!(
            lines[1].ends_with(",0.42,97.7,1,1,1,0,Observer,,Measurements lost"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn french_has_semicolons_and_decimal_commas() {
        let lines = file(Language::French);
        let first = "\u{feff}Moment (UTC);Mesuré (s);Tension de la batterie, moyenne (V);";
        assert!(lines[0].starts_with(first), "{}", lines[0]);
        assert!(lines[1].starts_with("2026-11-22T23:19:30.000Z;30;13,62;13,6;13,64;bonne;"));
        let fields = |line: &str| line.split(';').count();
        assert_eq!(fields(&lines[0]), fields(&lines[1]));
    }

    #[test]
    fn what_would_end_a_field_is_quoted() {
        let mut out = Vec::new();
        Csv::new(Language::English).event("at", "a \"b\"", "{\"c\":1,\n}", &mut out);
        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(text, "at,\"a \"\"b\"\"\",\"{\"\"c\"\":1,\n}\"\r\n");
    }
}
