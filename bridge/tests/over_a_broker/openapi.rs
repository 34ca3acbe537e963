//! Answers held against `bridge/openapi.json`: as much of JSON Schema as that file uses.

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

/// The file, and what was checked against it.
pub struct OpenApi {
    document: Value,
}

impl OpenApi {
    /// The file as it is committed.
    pub fn committed() -> Self {
        let document = include_str!("../../openapi.json");
        let document = serde_json::from_str(document).expect("JSON");
        Self { document }
    }

    /// The paths that it describes.
    pub fn paths(&self) -> Vec<String> {
        let paths = self.document["paths"].as_object().expect("paths");
        paths.keys().cloned().collect()
    }

    /// Asks, and checks the answer by what the file says of that path; gives status and body.
    pub async fn ask(&self, origin: &str, path: &str, actual: &str) -> (u16, String) {
        let url = format!("{origin}{actual}");
        let response = reqwest::get(&url).await.expect("an answer");
        let status = response.status().as_u16();
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().to_owned();
        let body = response.text().await.expect("a body");
        let described = &self.document["paths"][path]["get"]["responses"];
        let described = self.resolved(&described[status.to_string()]);
        assert!(described.is_object(), "{actual}: {status} is not described");
        let Some(content) = described["content"].as_object() else {
            assert_eq!(body, "", "{actual}");
            return (status, body);
        };
        let schema = content
            .get(&kind)
            .unwrap_or_else(|| panic!("{actual}: {kind:?}"));
        if kind == "application/json" {
            let value = serde_json::from_str(&body).expect("JSON");
            if let Err(problem) = self.check(&schema["schema"], &value) {
                panic!("{actual}: {problem} in {body}");
            }
        }
        (status, body)
    }

    /// The same, as JSON with status 200.
    pub async fn json(&self, origin: &str, path: &str, actual: &str) -> Value {
        let (status, body) = self.ask(origin, path, actual).await;
        assert_eq!(status, 200, "{actual}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    fn resolved<'a>(&'a self, part: &'a Value) -> &'a Value {
        let Some(reference) = part["$ref"].as_str() else {
            return part;
        };
        let pointer = reference.trim_start_matches('#');
        let found = self.document.pointer(pointer);
        self.resolved(found.unwrap_or_else(|| panic!("{reference} leads nowhere")))
    }

    /// Whether the value is what the schema says.
    fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let schema = self.resolved(schema);
        let types = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|name| is_of(name, value)) {
            return Err(format!("{value} is none of {types:?}"));
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            return Err(format!("{value} is none of {words:?}"));
        }
        if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
            && number < least
        {
            return Err(format!("{number} is less than {least}"));
        }
        if let (Some("date-time"), Some(text)) = (schema["format"].as_str(), value.as_str()) {
            let moment = text.parse::<releve_protocol::Timestamp>();
            moment.map_err(|error| error.to_string())?;
        }
        for item in value.as_array().into_iter().flatten() {
            self.check(&schema["items"], item)?;
        }
        self.check_object(schema, value)
    }

    fn check_object(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let Some(object) = value.as_object() else {
            return Ok(());
        };
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if !object.contains_key(name) {
                return Err(format!("{name:?} is missing"));
            }
        }
        for (name, value) in object {
            let checked = match (&schema["properties"][name], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) => Err("is not described".to_owned()),
                (Value::Null, others) => self.check(others, value),
                (described, _) => self.check(described, value),
            };
            checked.map_err(|problem| format!("{name}: {problem}"))?;
        }
        Ok(())
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other:?} is no type"),
    }
}

#[test]
fn an_answer_that_is_not_described_is_found() {
    let api = OpenApi::committed();
    let schema = serde_json::json!({"$ref": "#/components/schemas/Problem"});
    let check = |value| api.check(&schema, &value);
    assert_eq!(check(serde_json::json!({"error": "No."})), Ok(()));
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({"error": 1}),
        serde_json::json!({"error": "No.", "code": 1}),
        serde_json::json!([]),
    ] {
        assert!(check(wrong.clone()).is_err(), "{wrong}");
    }
}
