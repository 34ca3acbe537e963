//! The web app's files: in the program itself in release builds, read from `ui/dist` in debug
//! builds, so that a rebuilt app shows at the next reload.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

use super::encoding::{Encoding, accepted};

#[derive(RustEmbed)]
#[folder = "../ui/dist"]
#[allow_missing = true]
struct UiFiles;

/// A file as it is stored.
struct Stored {
    bytes: Cow<'static, [u8]>,
    /// SHA-256 of the bytes.
    hash: [u8; 32],
}

impl Stored {
    fn get(name: &str) -> Option<Self> {
        let file = UiFiles::get(name)?;
        let hash = file.metadata.sha256_hash();
        let bytes = file.data;
        Some(Self { bytes, hash })
    }
}

/// The page that the app's own addresses show: it routes in the browser.
const ENTRY_PAGE: &str = "index.html";

/// Serves a file of the web app.
pub async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allowed = [(ALLOW, HeaderValue::from_static("GET, HEAD"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allowed).into_response();
    }
    answer(request.uri().path(), request.headers(), Stored::get)
}

fn answer(path: &str, headers: &HeaderMap, get: impl Fn(&str) -> Option<Stored>) -> Response {
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

fn respond(name: &str, encoding: Encoding, file: Stored, request: &HeaderMap) -> Response {
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
        file.bytes.into_response()
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
fn entity_tag(file: &Stored) -> String {
    let hex: String = file.hash[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
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

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::HeaderName;

    use super::*;

    /// A built app: the entry page in every form, an icon as it is.
    fn built(name: &str) -> Option<Stored> {
        let text: &'static str = match name {
            "index.html" => "page",
            "index.html.br" => "page by brotli",
            "index.html.gz" => "page by gzip",
            "icons/releve.svg" => "icon",
            _ => return None,
        };
        let mut hash = [0; 32];
        hash[0] = u8::try_from(text.len()).expect("a short text");
        let bytes = Cow::Borrowed(text.as_bytes());
        Some(Stored { bytes, hash })
    }

    fn headers<const N: usize>(entries: [(HeaderName, &'static str); N]) -> HeaderMap {
        let entry = |(name, value)| (name, HeaderValue::from_static(value));
        entries.into_iter().map(entry).collect()
    }

    async fn body(response: Response) -> String {
        let bytes = to_bytes(response.into_body(), 10_000)
            .await
            .expect("a body");
        String::from_utf8(bytes.to_vec()).expect("text")
    }

    #[tokio::test]
    async fn a_file_is_sent_in_the_form_that_the_browser_wants() {
        for (accept, coding, text) in [
            ("gzip, br", Some("br"), "page by brotli"),
            ("gzip", Some("gzip"), "page by gzip"),
            ("", None, "page"),
            ("*;q=0", None, "page"),
        ] {
            let response = answer("/", &headers([(ACCEPT_ENCODING, accept)]), built);
            assert_eq!(response.status(), StatusCode::OK);
            let found = response.headers();
            let coding = coding.map(HeaderValue::from_static);
            assert_eq!(found.get(CONTENT_ENCODING), coding.as_ref(), "{accept}");
            assert_eq!(found[CONTENT_TYPE], "text/html; charset=utf-8");
            assert_eq!(found[VARY], "accept-encoding");
            assert_eq!(found[CACHE_CONTROL], "no-cache");
            assert_eq!(body(response).await, text);
        }
    }

    #[tokio::test]
    async fn a_file_without_compressed_forms_is_sent_as_it_is() {
        let accept = headers([(ACCEPT_ENCODING, "gzip, br")]);
        let response = answer("/icons/releve.svg", &accept, built);
        assert_eq!(response.headers()[CONTENT_TYPE], "image/svg+xml");
        assert_eq!(response.headers().get(CONTENT_ENCODING), None);
        assert_eq!(body(response).await, "icon");
    }

    #[tokio::test]
    async fn a_file_that_the_browser_has_is_not_sent_again() {
        let tag = "\"0400000000000000\"";
        for known in [
            tag,
            "*",
            "W/\"0400000000000000\"",
            "\"other\", \"0400000000000000\"",
        ] {
            let response = answer("/", &headers([(IF_NONE_MATCH, known)]), built);
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(response.headers()[ETAG], tag);
            assert_eq!(body(response).await, "");
        }
        // The tag is of the form: another form was not sent yet.
        let other_form = headers([(IF_NONE_MATCH, tag), (ACCEPT_ENCODING, "br")]);
        assert_eq!(answer("/", &other_form, built).status(), StatusCode::OK);
    }

    #[test]
    fn the_apps_own_addresses_show_its_page_and_unknown_files_do_not_exist() {
        for path in ["/", "/site/col-de-porte", "/a/b/c"] {
            assert_eq!(
                answer(path, &HeaderMap::new(), built).status(),
                200,
                "{path}"
            );
        }
        for path in [
            "/app.js",
            "/../Cargo.toml",
            "/site/..%2f.env",
            "/a\\b.js",
            "/..",
        ] {
            assert_eq!(
                answer(path, &HeaderMap::new(), built).status(),
                404,
                "{path}"
            );
        }
    }

    #[tokio::test]
    async fn an_app_that_is_not_built_says_how_to_build_it() {
        let response = answer("/", &HeaderMap::new(), |_| None);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(body(response).await.contains("cargo xtask ui"));
    }
}
