//! A button that asks before it sends its command.

use leptos::prelude::*;

use super::confirm::Confirm;
use super::when::When;
use crate::commands::Request;
use crate::context::{Context, LiveSite};
use crate::text::{self, Word};

/// The button, and its question once it was pressed. `disabled` and `blocked` forbid the button; a
/// question that is open stays, with its yes forbidden.
#[component]
pub fn AskButton(
    site: LiveSite,
    request: Request,
    #[prop(into)] consequence: Signal<String>,
    #[prop(into)] disabled: Signal<bool>,
    blocked: Signal<Option<Word>>,
    test_id: &'static str,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let is_asked = RwSignal::new(false);
    let request = StoredValue::new(request);
    let title = Signal::derive(move || {
        request.with_value(|request| text::commands::title(request, context.language.get()))
    });
    let question =
        Signal::derive(move || text::commands::question(&title.get(), context.language.get()));
    let send = move |()| {
        is_asked.set(false);
        context.send(&site.id(), request.get_value());
    };
    view! {
        <div class="ask">
            <button
                type="button"
                class="btn"
                data-testid=test_id
                aria-expanded=move || is_asked.get().to_string()
                disabled=move || disabled.get() || blocked.get().is_some()
                on:click=move |_| is_asked.update(|asked| *asked = !*asked)
            >
                {title}
            </button>
            <When is=is_asked>
                <Confirm
                    question
                    consequence
                    yes=title
                    blocked
                    on_yes=send
                    on_no=move |()| is_asked.set(false)
                />
            </When>
        </div>
    }
}
