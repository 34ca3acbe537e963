//! `/site/<node>`: one site, all of it.

use leptos::prelude::*;
use releve_protocol::NodeId;

/// The page of a site.
#[component]
pub fn SitePage(id: NodeId) -> impl IntoView {
    let _ = id;
}
