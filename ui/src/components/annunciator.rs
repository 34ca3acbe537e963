//! One cell a site, the worst first, like the lamps of an annunciator panel.

use leptos::prelude::*;
use releve_protocol::NodeId;

use super::link::Link;
use crate::context::Context;
use crate::fleet::Standing;
use crate::route::Route;
use crate::text::Word;

/// The cells of these sites.
#[component]
pub fn Annunciator(#[prop(into)] sites: Signal<Vec<(NodeId, Standing)>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let name = move |id: &NodeId| {
        context.fleet.with(|fleet| {
            fleet
                .site(id)
                .map_or_else(|| id.to_string(), |site| site.name().to_owned())
        })
    };
    view! {
        <nav class="annun" aria-label=context.word(Word::AllSites)>
            <For each=move || sites.get() key=|site| site.clone() let((id, standing))>
                <span class="cell" data-standing=standing.name()>
                    <Link
                        to=Route::Site(id.clone())
                        label=Signal::derive({
                            let id = id.clone();
                            move || name(&id)
                        })
                    >
                        ""
                    </Link>
                </span>
            </For>
        </nav>
    }
}
