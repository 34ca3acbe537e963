//! Payloads that are nearly right: the golden ones with one place damaged.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

/// What happens to one place of a payload.
#[derive(Debug, Clone)]
pub enum Damage {
    /// It holds this instead, which need not be JSON.
    Becomes(Vec<u8>),
    /// It is not there.
    Goes,
    /// Its field comes twice, first with this.
    ComesTwice(Vec<u8>),
}

/// Any JSON of moderate size. Numbers have at most the digits that nodes send.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-9_999_999_999_i64..9_999_999_999).prop_map(|number| Value::from(number as f64 / 1e4)),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from("2026-11-22T23:19:30Z")),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{1,8}", inner, 0..6)
                .prop_map(|map| Value::from(serde_json::Map::from_iter(map))),
        ]
    })
}

/// JSON, or what a broken or hostile program may put in its place.
fn any_content() -> impl Strategy<Value = Vec<u8>> {
    let odd: Vec<Vec<u8>> = [
        "1e999",
        "-1e999",
        "1e-999",
        "-0.0",
        "-1",
        "0",
        "1.5",
        "18446744073709551615",
        "18446744073709551616",
        "9007199254740993",
        "NaN",
        "\"\\ud800\"",
        "\"9999-12-31T23:59:59.999Z\"",
        "\"0000-01-01T00:00:00Z\"",
        "\"\"",
        "",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    let large = [
        "[".repeat(100_000).into_bytes(),
        format!("{}1{}", "[".repeat(120), "]".repeat(120)).into_bytes(),
        "{\"a\":".repeat(100_000).into_bytes(),
        format!("\"{}\"", "x".repeat(100_000)).into_bytes(),
        b"\"\xff\xfe\"".to_vec(),
    ];
    let odd = odd.into_iter().chain(large).collect::<Vec<_>>();
    prop_oneof![
        3 => any_json().prop_map(|value| value.to_string().into_bytes()),
        2 => proptest::sample::select(odd),
    ]
}

/// Any damage, and where.
pub fn any_damage() -> impl Strategy<Value = (Index, Damage)> {
    let damage = prop_oneof![
        4 => any_content().prop_map(Damage::Becomes),
        1 => Just(Damage::Goes),
        1 => any_content().prop_map(Damage::ComesTwice),
    ];
    (any::<Index>(), damage)
}

/// A payload with that damage, and the fields that lead to it.
pub fn damaged(golden: &Value, (place, damage): &(Index, Damage)) -> (Vec<u8>, Vec<String>) {
    let mut places = Vec::new();
    collect_places(golden, &mut Vec::new(), &mut places);
    let path = place.get(&places).clone();
    let mut value = golden.clone();
    let (last, parents) = path.split_last().expect("a place has a field");
    let parent = parents.iter().fold(&mut value, |value, field| {
        child(value, field).expect("it is there")
    });
    // No golden payload has it, and of all fields it comes first.
    const MARK: &str = "\u{0}";
    const WRITTEN_MARK: &[u8] = b"\"\\u0000\"";
    let (with, field) = match damage {
        Damage::Becomes(content) => {
            *child(parent, last).expect("it is there") = Value::from(MARK);
            (content.clone(), path)
        }
        Damage::Goes => {
            match parent {
                Value::Object(fields) => drop(fields.remove(last)),
                Value::Array(items) => drop(items.pop()),
                _ => {}
            }
            (Vec::new(), path)
        }
        Damage::ComesTwice(content) => {
            if let Value::Object(fields) = parent {
                fields.insert(MARK.to_owned(), Value::from(MARK));
            }
            let name = Value::from(last.as_str()).to_string().into_bytes();
            return (
                replaced(
                    &replaced(value.to_string().as_bytes(), WRITTEN_MARK, &name),
                    WRITTEN_MARK,
                    content,
                ),
                path,
            );
        }
    };
    (
        replaced(value.to_string().as_bytes(), WRITTEN_MARK, &with),
        field,
    )
}

/// The first occurrence replaced.
fn replaced(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    match text.windows(what.len()).position(|part| part == what) {
        Some(at) => [&text[..at], with, &text[at + what.len()..]].concat(),
        None => text.to_vec(),
    }
}

fn child<'a>(value: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(fields) => fields.get_mut(field),
        Value::Array(items) => items.get_mut(field.parse::<usize>().ok()?),
        _ => None,
    }
}

fn collect_places(value: &Value, path: &mut Vec<String>, places: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => (items.iter().enumerate())
            .map(|(place, value)| (place.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (name, value) in children {
        path.push(name);
        places.push(path.clone());
        collect_places(value, path, places);
        path.pop();
    }
}
