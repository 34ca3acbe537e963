//! Facts beside one another: what each is called, and what is known of it in a line or some.

use leptos::prelude::*;

use crate::context::Context;
use crate::text::Word;

/// One fact.
pub struct Fact {
    /// What it is called.
    pub label: Word,
    /// What is known; without any line the fact is not shown.
    pub lines: Signal<Vec<String>>,
    /// Its `data-testid`.
    pub test_id: &'static str,
}

/// The facts, in their order.
#[component]
pub fn Facts(facts: Vec<Fact>) -> impl IntoView {
    let context = expect_context::<Context>();
    let fact = |fact: Fact| {
        let lines = fact.lines;
        view! {
            <div data-testid=fact.test_id hidden=move || lines.with(Vec::is_empty)>
                <dt>{context.word(fact.label)}</dt>
                {move || {
                    let line = |line| view! { <dd>{line}</dd> };
                    lines.get().into_iter().map(line).collect_view()
                }}
            </div>
        }
    };
    view! { <dl class="facts">{facts.into_iter().map(fact).collect_view()}</dl> }
}
