//! Parts of the page that are there only sometimes.

use leptos::children::{ChildrenFn, ViewFn};
use leptos::prelude::*;

/// Shows its children while the condition holds, and `otherwise` else. Not generic, unlike Leptos'
/// `Show`: each use of that one is a copy of its code in what a browser downloads.
#[component]
pub fn When(
    #[prop(into)] is: Signal<bool>,
    #[prop(optional, into)] otherwise: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let is = Memo::new(move |_| is.get());
    move || {
        if is.get() {
            children()
        } else {
            otherwise.run()
        }
    }
}

/// A view that may be absent, as one type: each type of view is a copy of Leptos' code in what a
/// browser downloads.
pub fn if_any<V: IntoView + 'static>(view: Option<V>) -> AnyView {
    view.map_or_else(|| ().into_any(), IntoAny::into_any)
}
