//! How old values are: a filled dot for live ones, a hollow one for late ones, hatching for silence.

use leptos::prelude::*;

use crate::context::{Context, LiveSite};
use crate::text;

/// The age of a site's values.
#[component]
pub fn AgeMark(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let age = move || site.with(|site| context.age(site));
    view! {
        <span class="age" data-testid="age" data-age=move || age().freshness.name()>
            {move || text::fleet::age(age(), context.language.get())}
        </span>
    }
}
