//! A choice among a few, all of them in sight.

use leptos::prelude::*;

/// One choice.
pub struct Segment<T> {
    /// What it stands for.
    pub value: T,
    /// Its text.
    pub label: Signal<String>,
    /// Its `data-testid`.
    pub test_id: &'static str,
    /// The language of its text, where that is not the page's.
    pub lang: Option<&'static str>,
}

/// A row of buttons of which one is pressed.
#[component]
pub fn Segments<T>(
    #[prop(into)] label: Signal<String>,
    segments: Vec<Segment<T>>,
    #[prop(into)] chosen: Signal<T>,
    #[prop(optional, into)] disabled: Signal<bool>,
    choose: impl Fn(T) + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let buttons = segments
        .into_iter()
        .map(|segment| {
            let Segment {
                value,
                label,
                test_id,
                lang,
            } = segment;
            view! {
                <button
                    type="button"
                    data-testid=test_id
                    lang=lang
                    disabled=move || disabled.get()
                    aria-pressed=move || (chosen.get() == value).to_string()
                    on:click=move |_| choose(value)
                >
                    {move || label.get()}
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="seg" role="group" aria-label=move || label.get()>
            {buttons}
        </div>
    }
}
