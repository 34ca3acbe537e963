//! Where an address leads nowhere, or to a site that nobody knows.

use leptos::prelude::*;

use crate::components::link::Link;
use crate::context::Context;
use crate::route::Route;
use crate::text::Word;

/// An address that leads nowhere.
#[component]
pub fn UnknownPage() -> impl IntoView {
    view! { <Nowhere title=Word::UnknownPage why=Word::UnknownPageWhy/> }
}

/// A title, why, and the way back.
#[component]
pub fn Nowhere(title: Word, why: Word) -> impl IntoView {
    let context = expect_context::<Context>();
    view! {
        <section class="plate empty" data-testid="nowhere">
            <h1>{move || context.say(title)}</h1>
            <p>{move || context.say(why)}</p>
            <p>
                <Link to=Route::Fleet class="btn main">
                    {context.word(Word::BackToFleet)}
                </Link>
            </p>
        </section>
    }
}
