//! Small drawings.

use leptos::prelude::*;

/// The mark of Releve: an open contact.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 28 20" aria-hidden="true">
            <path d="M1 15h5M10 13.2 20 4.5M24 15h3"/>
            <circle cx="8" cy="15" r="2"/>
            <circle cx="22" cy="15" r="2"/>
        </svg>
    }
}

/// A warning triangle.
#[component]
pub fn Warning() -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M12 3 2 21h20zM12 10v5M12 18v.1"/>
        </svg>
    }
}

/// An i in a circle: worth knowing.
#[component]
pub fn Info() -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <circle cx="12" cy="12" r="9"/>
            <path d="M12 11v6M12 7v.1"/>
        </svg>
    }
}

/// A clock.
#[component]
pub fn Clock() -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <circle cx="12" cy="12" r="9"/>
            <path d="M12 7v5l3 2"/>
        </svg>
    }
}

/// An envelope, struck through: nobody is told.
#[component]
pub fn Unwatched() -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M3 6h18v12H3zM3 7l9 6 9-6M2 21 22 3"/>
        </svg>
    }
}
