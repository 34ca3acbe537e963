//! A part of the page that is there only sometimes.

use leptos::children::ChildrenFn;
use leptos::prelude::*;

/// Shows its children while the condition holds. Not generic, unlike Leptos' `Show`: each use of that
/// one is a copy of its code in what a browser downloads.
#[component]
pub fn When(#[prop(into)] is: Signal<bool>, children: ChildrenFn) -> impl IntoView {
    let is = Memo::new(move |_| is.get());
    move || is.get().then(|| children())
}
