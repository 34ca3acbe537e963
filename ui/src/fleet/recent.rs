//! The last minutes as the bridge remembers them: `GET /api/v1/nodes/<node>/recent`.

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::{Epoch, Timestamp};
use serde_json::{Map, Value};

use super::history::Point;
use super::site::millis;

/// The answer, turned from columns into points.
#[derive(Debug, Clone, PartialEq)]
pub struct Recent {
    /// The journal that numbers the points.
    pub epoch: Epoch,
    /// The points, as they came.
    pub points: Vec<Point>,
}

impl Recent {
    /// Reads the answer: `node`, `epoch`, and columns of one length, `seq`, `at` and one for each
    /// quantity by its key in the catalog. None where it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let answer: Map<String, Value> = serde_json::from_str(text).ok()?;
        let epoch = answer.get("epoch")?.as_str()?.parse().ok()?;
        let numbers = answer.get("seq")?.as_array()?;
        let moments = answer.get("at")?.as_array()?;
        if numbers.len() != moments.len() {
            return None;
        }
        let columns: Vec<Option<&Vec<Value>>> = QUANTITIES
            .iter()
            .map(|quantity| answer.get(quantity.key).and_then(Value::as_array))
            .collect();
        let points = numbers
            .iter()
            .zip(moments)
            .enumerate()
            .map(|(row, (seq, at))| {
                let means = columns
                    .iter()
                    .map(|column| column.and_then(|values| values.get(row)?.as_f64()))
                    .collect();
                Some(Point {
                    at_ms: read_moment(at)?,
                    seq: seq.as_u64()?,
                    means,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self { epoch, points })
    }
}

fn read_moment(value: &Value) -> Option<f64> {
    let moment: Timestamp = value.as_str()?.parse().ok()?;
    Some(millis(moment))
}
