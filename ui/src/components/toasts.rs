//! The latest commands and what became of them.
use leptos::prelude::*;
/// The toasts.
#[component]
pub fn Toasts() -> impl IntoView {}
