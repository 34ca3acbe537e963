//! Rows that come and go, each built once.

use leptos::prelude::*;

/// A row of a list.
pub struct Row {
    key: String,
    build: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Row {
    /// A row that stays as it is built for as long as the list has one of that key.
    pub fn new(key: String, build: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self {
            key,
            build: Box::new(build),
        }
    }
}

/// The rows of a list, read again whenever a signal that they depend on changes.
pub type Rows = Box<dyn Fn() -> Vec<Row> + Send>;

/// Shows rows. Not generic, unlike Leptos' `For`: each use of that one is a copy of its code in what
/// a browser downloads.
#[component]
pub fn List(rows: Rows) -> impl IntoView {
    view! {
        <For each=move || rows() key=|row: &Row| row.key.clone() children=|row: Row| (row.build)()/>
    }
}
