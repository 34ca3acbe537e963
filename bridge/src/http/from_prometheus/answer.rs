//! What a server answers: series and their samples. Pure.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};

use super::problem::Problem;
use crate::metrics_server::words;

/// A series that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its samples: ms since 1970, and a finite value. What is no number is left out: it says that the series ended.
    pub samples: Vec<(i64, f64)>,
}

#[derive(serde::Deserialize)]
struct Answer {
    status: String,
    data: Option<Data>,
    warnings: Option<Vec<String>>,
    #[serde(rename = "isPartial", default)]
    is_partial: bool,
}

#[derive(serde::Deserialize)]
struct Data {
    result: Vec<Entry>,
}

#[derive(serde::Deserialize)]
struct Entry {
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<Sample>,
    value: Option<Sample>,
}

struct Sample(i64, f64);

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The end of any calendar, s.
        const LAST: f64 = 250_000_000_000.0;
        let (at, value) = <(f64, &str)>::deserialize(deserializer)?;
        if at.is_nan() || at.abs() > LAST {
            return Err(D::Error::custom(format!("{at} is no moment")));
        }
        let value = value.parse().map_err(D::Error::custom)?;
        Ok(Self((at * 1000.0).round() as i64, value))
    }
}

/// The series of an answer.
///
/// # Errors
/// If it is none, or tells that something is missing in it: a chart with holes that nobody sees is worse than none.
pub fn series(body: &[u8]) -> Result<Vec<Found>, Problem> {
    let answer: Answer = serde_json::from_slice(body).map_err(Problem::nonsense)?;
    if answer.status != "success" {
        return Err(Problem::nonsense("it reports no success"));
    }
    if answer.is_partial {
        let why =
            "some of its storage does not answer, so its answer is not whole; look into its log";
        return Err(Problem::Refused(why.to_owned()));
    }
    if let Some(warning) = answer.warnings.iter().flatten().next() {
        let warning = words(warning.as_bytes());
        let why = format!("its answer may not be whole: {warning}; look into its log");
        return Err(Problem::Refused(why));
    }
    let data = answer.data.ok_or_else(|| Problem::nonsense("no data"))?;
    Ok(data.result.into_iter().map(Found::from).collect())
}

impl From<Entry> for Found {
    fn from(entry: Entry) -> Self {
        let samples = entry.values.into_iter().chain(entry.value);
        let samples = samples.filter(|Sample(_, value)| value.is_finite());
        Self {
            labels: entry.metric,
            samples: samples.map(|Sample(at, value)| (at, value)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_and_matrices_are_read_to_the_millisecond() {
        let body = r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"node":"a"},"values":[[1795389571.123,"13.62"],[1795389601,"NaN"],[1795389631,"+Inf"]]},
            {"metric":{},"value":[12.5,"-1e3"]}]},"infos":["x"]}"#;
        let found = series(body.as_bytes()).expect("an answer");
        assert_eq!(found[0].labels["node"], "a");
        assert_eq!(found[0].samples, [(1_795_389_571_123, 13.62)]);
        assert_eq!(found[1].samples, [(12_500, -1000.0)]);
    }

    #[test]
    fn what_is_no_whole_answer_is_refused() {
        let with = |what: &str| format!(r#"{{"status":"success",{what}"data":{{"result":[]}}}}"#);
        assert_eq!(series(with("").as_bytes()), Ok(Vec::new()));
        for (body, part) in [
            ("<html>", "expected value"),
            ("{}", "status"),
            (r#"{"status":"error"}"#, "no success"),
            (r#"{"status":"success"}"#, "no data"),
            (&with(r#""isPartial":true,"#), "not whole"),
            (
                &with(r#""warnings":["a store is away"],"#),
                "a store is away",
            ),
            (
                r#"{"status":"success","data":{"result":[{"metric":{},"value":[1e300,"1"]}]}}"#,
                "no moment",
            ),
            (
                r#"{"status":"success","data":{"result":[{"metric":{},"value":[1,"x"]}]}}"#,
                "invalid float",
            ),
            (
                r#"{"status":"success","data":{"result":[{"metric":{},"value":[1,2]}]}}"#,
                "invalid type",
            ),
        ] {
            let problem = series(body.as_bytes()).expect_err(body).to_string();
            assert!(problem.contains(part), "{body}: {problem}");
        }
    }
}
