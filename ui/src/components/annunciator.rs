//! One cell a site, the worst first, like the lamps of an annunciator panel.

use leptos::prelude::*;
use releve_protocol::NodeId;

use super::fleet_table::site_rows;
use super::link::Link;
use super::list::List;
use crate::context::{Context, LiveSite};
use crate::fleet::Standing;
use crate::route::Route;
use crate::text::Word;

/// The cells of these sites.
#[component]
pub fn Annunciator(sites: Memo<Vec<(NodeId, Standing)>>) -> impl IntoView {
    let context = expect_context::<Context>();
    view! {
        <nav class="annun" aria-label=context.word(Word::AllSites)>
            <List rows=site_rows(context, sites, |site, standing| {
                view! { <Cell site standing/> }.into_any()
            })/>
        </nav>
    }
}

#[component]
fn Cell(site: LiveSite, standing: Standing) -> impl IntoView {
    view! {
        <span class="cell" data-standing=standing.name()>
            <Link
                to=Route::Site(site.id())
                label=Signal::derive(move || site.with(|site| site.name().to_owned()))
            >
                ""
            </Link>
        </span>
    }
}
