//! What stands behind the question mark of an address.

use axum::extract::Query;
use axum::http::Uri;
use releve_protocol::Timestamp;

use super::refusal::Refusal;
use crate::spans::DAY_MS;

/// The longest stretch of time that a question may be about: 50 years, in ms.
const LONGEST: i64 = 50 * 366 * DAY_MS;

/// The parameters of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    given: Vec<(String, String)>,
}

/// A stretch of time, ms since 1970: `from..to`, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its first moment.
    pub from: i64,
    /// The first moment behind it.
    pub to: i64,
}

impl Parameters {
    /// The parameters of that address, which may have these.
    pub fn of(uri: &Uri, known: &[&str]) -> Result<Self, Refusal> {
        let Query(given) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|error| Refusal::senseless(format!("{error}.")))?;
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in &given {
            if !known.contains(&name.as_str()) {
                let known = match known {
                    [] => "none".to_owned(),
                    known => known.join(", "),
                };
                let sentence = format!("There is no parameter {name:?} here; there are: {known}.");
                return Err(Refusal::senseless(sentence));
            }
            if seen.contains(&name.as_str()) {
                let sentence = format!("The parameter {name:?} is given twice.");
                return Err(Refusal::senseless(sentence));
            }
            seen.push(name);
        }
        Ok(Self { given })
    }

    /// The parameter of that name, if it is given.
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut given = self.given.iter();
        given.find_map(|(given, value)| (given == name).then_some(value.as_str()))
    }

    /// A whole number between these, or the usual one.
    pub fn number(
        &self,
        name: &str,
        (least, greatest): (usize, usize),
        usual: usize,
    ) -> Result<usize, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(usual);
        };
        let number = text.parse().ok();
        let number = number.filter(|number| (least..=greatest).contains(number));
        number.ok_or_else(|| {
            let sentence =
                format!("{name} is {text:?}: give a whole number from {least} to {greatest}.");
            Refusal::senseless(sentence)
        })
    }

    /// Words, separated by commas, each one of those; `None` where the parameter is not given.
    pub fn words<T: Copy>(
        &self,
        name: &str,
        known: &[(&str, T)],
    ) -> Result<Option<Vec<T>>, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let one = |word: &str| {
            let found = known.iter().find(|(known, _)| *known == word);
            found.map(|(_, what)| *what).ok_or_else(|| {
                let known: Vec<_> = known.iter().map(|(known, _)| *known).collect();
                let known = known.join(", ");
                Refusal::senseless(format!("{name} cannot be {word:?}; it can be: {known}."))
            })
        };
        text.split(',').map(one).collect::<Result<_, _>>().map(Some)
    }

    /// `from` and `to`. Without `to` it ends at `present` (ms), without `from` it begins so many ms earlier.
    pub fn stretch(&self, present: i64, usual: i64) -> Result<Stretch, Refusal> {
        self.stretch_until(present, present, usual)
    }

    /// The same of what may lie ahead of the present, by a clock that is: without `to` it ends at `end` (ms), unless
    /// that is earlier.
    pub fn stretch_until(&self, end: i64, present: i64, usual: i64) -> Result<Stretch, Refusal> {
        let given = self.moment("to")?;
        let to = given.unwrap_or(end.max(present));
        // What such a clock says moves no beginning.
        let last = given.unwrap_or(present);
        let from = self.moment("from")?.unwrap_or(last.saturating_sub(usual));
        if from >= to {
            let [from, to] = [from, to].map(Timestamp::from_unix_millis);
            let sentence = format!("from ({from}) is not before to ({to}).");
            return Err(Refusal::senseless(sentence));
        }
        if last.saturating_sub(from) > LONGEST {
            return Err(Refusal::senseless(
                "From from to to are more than 50 years: ask for less.",
            ));
        }
        Ok(Stretch { from, to })
    }

    fn moment(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.text(name).map(|text| moment(name, text)).transpose()
    }
}

/// A moment as RFC 3339 or in seconds since 1970; in ms since then.
fn moment(name: &str, text: &str) -> Result<i64, Refusal> {
    let senseless = || {
        Refusal::senseless(format!(
            "{name} is {text:?}: give a moment like 2026-11-22T23:19:30Z, or seconds since 1970."
        ))
    };
    if let Ok(seconds) = text.parse::<f64>() {
        // Until the calendar ends.
        let is_possible = seconds.is_finite() && seconds.abs() < 250_000_000_000.0;
        return is_possible
            .then(|| Timestamp::from_unix_millis((seconds * 1000.0).round() as i64))
            .map(Timestamp::as_unix_millis)
            .ok_or_else(senseless);
    }
    // A plus sign that is not encoded is a blank.
    let moment: Result<Timestamp, _> = text.replace(' ', "+").parse();
    moment
        .map(Timestamp::as_unix_millis)
        .map_err(|_| senseless())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(query: &str) -> Result<Parameters, Refusal> {
        let uri = format!("/x?{query}").parse().expect("an address");
        Parameters::of(&uri, &["from", "to", "points", "kind"])
    }

    fn stretch(query: &str) -> Result<(i64, i64), Refusal> {
        let stretch = parameters(query)?.stretch(10_000, 5_000)?;
        Ok((stretch.from, stretch.to))
    }

    #[test]
    fn moments_are_text_or_seconds() {
        assert_eq!(stretch(""), Ok((5_000, 10_000)));
        assert_eq!(stretch("to=20"), Ok((15_000, 20_000)));
        assert_eq!(stretch("from=1.5&to=2.25"), Ok((1_500, 2_250)));
        let texts = "from=1970-01-01T00:00:01Z&to=1970-01-01T01:00:03.5+01:00";
        assert_eq!(stretch(texts), Ok((1_000, 3_500)));
    }

    #[test]
    fn what_lies_ahead_of_the_present_is_meant_where_no_end_is_given() {
        let stretch = |query| {
            let parameters = parameters(query).expect("known");
            let stretch = parameters.stretch_until(90_000, 10_000, 5_000);
            stretch.map(|stretch| (stretch.from, stretch.to))
        };
        assert_eq!(stretch(""), Ok((5_000, 90_000)));
        assert_eq!(stretch("from=20"), Ok((20_000, 90_000)));
        assert_eq!(stretch("to=20"), Ok((15_000, 20_000)));
        let parameters = parameters("").expect("known");
        let far = parameters.stretch_until(i64::MAX, 10_000, 5_000);
        assert_eq!(far.map(|far| far.to), Ok(i64::MAX));
        let behind = parameters.stretch_until(1_000, 10_000, 5_000);
        assert_eq!(behind.map(|behind| behind.to), Ok(10_000));
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_words() {
        for (query, part) in [
            ("from=yesterday", "2026-11-22T23:19:30Z"),
            ("from=NaN", "seconds since 1970"),
            ("to=1e300", "seconds since 1970"),
            ("from=20", "is not before"),
            ("from=-9000000000&to=9000000000", "50 years"),
            ("form=1", "from, to, points, kind"),
            ("from=1&from=2", "twice"),
        ] {
            let refusal = stretch(query).expect_err(query);
            assert!(refusal.to_string().contains(part), "{query}: {refusal:?}");
        }
        let points = |query| {
            parameters(query)
                .expect("known")
                .number("points", (2, 9), 5)
        };
        assert_eq!(points(""), Ok(5));
        assert_eq!(points("points=9"), Ok(9));
        for query in ["points=1", "points=10", "points=-3", "points=x"] {
            let refusal = points(query).expect_err(query).to_string();
            assert!(refusal.contains("from 2 to 9"), "{refusal}");
        }
        let words = |query| {
            parameters(query)
                .expect("known")
                .words("kind", &[("a", 1), ("b", 2)])
        };
        assert_eq!(words("kind=b,a"), Ok(Some(vec![2, 1])));
        assert_eq!(words(""), Ok(None));
        let refusal = words("kind=a,c").expect_err("unknown").to_string();
        assert!(
            refusal.contains("\"c\"") && refusal.contains("a, b"),
            "{refusal}"
        );
    }
}
