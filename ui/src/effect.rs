//! What happens by itself when a signal changes.

use leptos::prelude::*;

/// Runs now and whenever a signal that it reads changes. Not generic, unlike Leptos' `Effect::new`:
/// each use of that one is a copy of its code in what a browser downloads.
pub fn effect(run: Box<dyn Fn()>) {
    Effect::new(run);
}
