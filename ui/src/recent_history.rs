//! Asks the bridge for a site's last minutes, so that the sparklines need not begin empty.

use leptos::prelude::window;
use leptos::task::spawn_local;
use releve_protocol::NodeId;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use crate::mqtt::Login;
use crate::preferences;

use crate::fleet::Recent;

/// Fetches the last minutes and hands them over. Without an answer nothing happens: the sparklines
/// then begin with what comes live.
pub fn fetch(id: NodeId, hand_over: impl FnOnce(NodeId, Recent) + 'static) {
    spawn_local(async move {
        let answer = get(&format!("/api/v1/nodes/{id}/recent")).await;
        if let Some(recent) = answer.ok().flatten().as_deref().and_then(Recent::parse) {
            hand_over(id, recent);
        }
    });
}

/// The body of a successful answer, empty where the bridge has heard nothing of the node yet.
async fn get(path: &str) -> Result<Option<String>, JsValue> {
    let init = RequestInit::new();
    // A bridge whose broker has users asks for the same ones.
    if let Some(login) = preferences::login() {
        let headers = Headers::new()?;
        headers.append("Authorization", &basic(&login)?)?;
        init.set_headers(&headers);
    }
    let answer = window().fetch_with_str_and_init(path, &init);
    let response: Response = JsFuture::from(answer).await?.dyn_into()?;
    if !response.ok() {
        return Ok(None);
    }
    let body = JsFuture::from(response.text()?).await?;
    Ok(body.as_string())
}

/// The header's value by RFC 7617, in UTF-8.
fn basic(Login { user, password }: &Login) -> Result<String, JsValue> {
    // `btoa` takes text whose characters stand for bytes.
    let bytes: String = format!("{user}:{password}")
        .bytes()
        .map(char::from)
        .collect();
    Ok(format!("Basic {}", window().btoa(&bytes)?))
}
