//! Addresses of the pages.

use leptos::prelude::*;
use releve_protocol::NodeId;
use wasm_bindgen::JsValue;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// All sites: `/`.
    Fleet,
    /// One site: `/site/<node>`.
    Site(NodeId),
    /// An address that leads nowhere.
    Unknown,
}

impl Route {
    /// The page of a path.
    pub fn parse(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" | "/index.html" => Self::Fleet,
            path => path
                .strip_prefix("/site/")
                .and_then(|id| id.parse().ok())
                .map_or(Self::Unknown, Self::Site),
        }
    }

    /// The path of a page.
    pub fn path(&self) -> String {
        match self {
            Self::Fleet | Self::Unknown => "/".to_owned(),
            Self::Site(id) => format!("/site/{id}"),
        }
    }

    /// The page of the browser's address.
    pub fn current() -> Self {
        let path = window().location().pathname();
        path.map_or(Self::Unknown, |path| Self::parse(&path))
    }

    /// Puts the page's path into the browser's address, as a step that can be gone back.
    pub fn push(&self) {
        if let Ok(history) = window().history() {
            // Fails only when called too often; the page is shown all the same.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&self.path()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_pages_match() {
        assert_eq!(Route::parse("/"), Route::Fleet);
        let site = Route::parse("/site/col-de-porte/");
        assert_eq!(site, Route::Site("col-de-porte".parse().unwrap()));
        assert_eq!(site.path(), "/site/col-de-porte");
        for nowhere in ["/site/", "/site/a b", "/site/a/b", "/elsewhere"] {
            assert_eq!(Route::parse(nowhere), Route::Unknown, "{nowhere}");
        }
    }
}
