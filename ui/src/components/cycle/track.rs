//! The phases of a cycle in their order, the present one marked.

use leptos::prelude::*;
use releve_protocol::control::Phase;

use crate::context::{Context, LiveSite};
use crate::text;

/// The current that belongs to a phase: into the battery, out of it, or none.
const fn current(phase: Phase) -> &'static str {
    match phase {
        Phase::Waiting | Phase::Resting => "none",
        Phase::Filling | Phase::Charging => "charge",
        Phase::Probing | Phase::Discharging => "spend",
    }
}

/// The track.
#[component]
pub fn Track(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let present = Memo::new(move |_| site.with(|site| site.state.as_ref()?.phase));
    let step = |phase: Phase| {
        let place = move || match present.get() {
            Some(now) if now == phase => "now",
            Some(now) if phase < now => "done",
            Some(_) | None => "ahead",
        };
        let is_now = move || (present.get() == Some(phase)).then_some("step");
        view! {
            <li
                data-place=move || place()
                data-current=current(phase)
                data-testid=format!("phase-{phase}")
                aria-current=move || is_now()
            >
                {move || text::cycle::step(phase).text(context.language.get())}
            </li>
        }
    };
    view! {
        <ol class="phases">
            {Phase::ALL.iter().map(|phase| step(*phase)).collect_view()}
        </ol>
    }
}
