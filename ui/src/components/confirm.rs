//! A question before a command that switches something: what it leads to, yes, or no.

use leptos::ev::KeyboardEvent;
use leptos::html::Button;
use leptos::prelude::*;

use crate::context::Context;
use crate::effect::effect;
use crate::text::Word;

/// Asks; the focus goes to the answer that does nothing.
#[component]
pub fn Confirm(
    #[prop(into)] question: Signal<String>,
    #[prop(into)] consequence: Signal<String>,
    #[prop(into)] yes: Signal<String>,
    blocked: Signal<Option<Word>>,
    #[prop(into)] on_yes: Callback<()>,
    #[prop(into)] on_no: Callback<()>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let no = NodeRef::<Button>::new();
    effect(Box::new(move || {
        if let Some(button) = no.get() {
            // Fails only for an element that cannot have the focus.
            let _ = button.focus();
        }
    }));
    let leave = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            on_no.run(());
        }
    };
    view! {
        <div
            class="confirm"
            role="group"
            data-testid="confirm-question"
            aria-label=move || question.get()
            on:keydown=leave
        >
            <p>
                <b>{move || question.get()}</b>
                " "
                <span aria-live="polite">{move || consequence.get()}</span>
            </p>
            <div class="row">
                <button
                    type="button"
                    class="btn main"
                    data-testid="confirm"
                    disabled=move || blocked.get().is_some()
                    on:click=move |_| on_yes.run(())
                >
                    {move || yes.get()}
                </button>
                <button
                    type="button"
                    class="btn"
                    data-testid="cancel"
                    node_ref=no
                    on:click=move |_| on_no.run(())
                >
                    {context.word(Word::Cancel)}
                </button>
            </div>
        </div>
    }
}
