//! The web app's files: in the program itself in release builds, read from `ui/dist` in debug
//! builds, so that a rebuilt app shows at the next reload.

use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::encoding::{Encoding, accepted};

#[derive(RustEmbed)]
#[folder = "../ui/dist"]
#[allow_missing = true]
struct UiFiles;

/// The page that the app's own addresses show: it routes in the browser.
const ENTRY_PAGE: &str = "index.html";

/// Serves a file of the web app.
pub async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allowed = [(ALLOW, HeaderValue::from_static("GET, HEAD"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allowed).into_response();
    }
    answer(request.uri().path(), request.headers(), UiFiles::get)
}

fn answer(path: &str, headers: &HeaderMap, get: impl Fn(&str) -> Option<EmbeddedFile>) -> Response {
    let Some(name) = file_name(path) else {
        return not_found();
    };
    let accept = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    let mut wanted = accepted(accept.unwrap_or_default());
    if wanted.is_empty() {
        // Nothing suits: better a file that cannot be read than a riddle.
        wanted.push(Encoding::Identity);
    }
    let found = wanted
        .into_iter()
        .find_map(|encoding| Some((encoding, get(&format!("{name}{}", encoding.suffix()))?)));
    match found {
        Some((encoding, file)) => respond(name, encoding, file, headers),
        None if name == ENTRY_PAGE => not_built(),
        None => not_found(),
    }
}

/// The file that a path asks for; paths without an extension belong to the app.
fn file_name(path: &str) -> Option<&str> {
    let name = path.trim_start_matches('/');
    let last = name.rsplit('/').next().unwrap_or_default();
    if !last.contains('.') {
        return Some(ENTRY_PAGE);
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    (name.chars().all(is_plain) && !name.contains("..")).then_some(name)
}

fn respond(name: &str, encoding: Encoding, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let tag = entity_tag(&file);
    let is_known = request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| {
            let known = known.trim();
            known == "*" || known.trim_start_matches("W/") == tag
        });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_owned().into_response()
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    // Files keep their names from version to version: ask each time, answered in one line by 304.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    if encoding != Encoding::Identity {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    }
    response
}

/// Each form of a file has its own tag: it is of the stored bytes.
fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such file.\n").into_response()
}

fn not_built() -> Response {
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Releve</title>\
        <h1>The web app is not built</h1>\
        <p>Run <code>cargo xtask ui</code>, then start the bridge again.</p></html>\n";
    (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
}
