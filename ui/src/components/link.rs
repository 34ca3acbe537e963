//! A link to another page of the app, followed without loading anything.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::context::Context;
use crate::route::Route;

/// Opens its page here on a plain click; everything else is left to the browser.
#[component]
pub fn Link(
    to: Route,
    #[prop(optional)] class: &'static str,
    #[prop(into, optional)] label: Option<Signal<String>>,
    #[prop(optional)] test_id: Option<String>,
    children: Children,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let path = to.path();
    let follow = move |event: MouseEvent| {
        let is_plain = event.button() == 0
            && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        if is_plain {
            event.prevent_default();
            context.go_to(to.clone());
        }
    };
    view! {
        <a
            href=path
            class=class
            aria-label=move || label.map(|label| label.get())
            title=move || label.map(|label| label.get())
            data-testid=test_id
            on:click=follow
        >
            {children()}
        </a>
    }
}
