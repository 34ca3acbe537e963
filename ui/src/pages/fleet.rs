//! `/`: every site, those that need somebody first.

use crate::components::when::When;
use leptos::prelude::*;
use releve_protocol::NodeId;

use crate::components::annunciator::Annunciator;
use crate::components::fleet_table::{FleetTable, site_rows};
use crate::components::list::List;
use crate::components::segments::{Segment, Segments};
use crate::components::site_card::SiteCard;
use crate::context::{Context, SiteSnapshot};
use crate::fleet::{Counts, Standing, standing};
use crate::search;
use crate::text::{self, Word};

/// From that many sites on, they can be searched.
const SEARCH_FROM: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Cards,
    Table,
}

type Standings = Vec<(NodeId, Standing)>;

/// The fleet page.
#[component]
pub fn FleetPage() -> impl IntoView {
    let context = expect_context::<Context>();
    let sought = RwSignal::new(String::new());
    let view_chosen = RwSignal::new(View::Cards);
    let all = Memo::new(move |_| standings(context));
    let found = Memo::new(move |_| found(context, &all.get(), &sought.get()));
    view! {
        <When is=Signal::derive(move || !all.with(Vec::is_empty)) otherwise=NoSites>
            <div class="page">
                <Heading all/>
                <Annunciator sites=all/>
                <div class="page-tools">
                    <When is=Signal::derive(move || { all.with(Vec::len) >= SEARCH_FROM })>
                        <Search sought/>
                    </When>
                    <ViewSwitch chosen=view_chosen/>
                </div>
            </div>
            <When is=Signal::derive(move || found.with(Vec::is_empty))>
                <p class="dim">{context.word(Word::NothingFound)}</p>
            </When>
            <When
                is=Signal::derive(move || view_chosen.get() == View::Cards)
                otherwise=move || view! { <FleetTable sites=found/> }
            >
                <Groups found/>
            </When>
        </When>
    }
}

fn standings(context: Context) -> Standings {
    let sites = context
        .fleet
        .with(|fleet| fleet.sites().cloned().map(SiteSnapshot).collect::<Vec<_>>());
    let mut standings: Vec<_> = sites
        .iter()
        .map(|site| {
            let standing = standing(site, context.age(site).freshness);
            (standing, search::folded(site.name()), site.id.clone())
        })
        .collect();
    standings.sort();
    standings
        .into_iter()
        .map(|(standing, _, id)| (id, standing))
        .collect()
}

fn found(context: Context, all: &Standings, sought: &str) -> Standings {
    let sought = search::folded(sought.trim());
    let matches = |id: &NodeId| {
        let name = context.fleet.with_untracked(|fleet| {
            fleet
                .site(id)
                .map_or_else(String::new, |site| search::folded(site.name()))
        });
        name.contains(&sought) || search::folded(id.as_str()).contains(&sought)
    };
    all.iter().filter(|(id, _)| matches(id)).cloned().collect()
}

#[component]
fn Heading(all: Memo<Standings>) -> impl IntoView {
    let context = expect_context::<Context>();
    let counts = Memo::new(move |_| all.with(|all| Counts::of(all.iter().map(|(_, s)| *s))));
    view! {
        <div>
            <h1 data-testid="counts">
                {move || text::fleet::sites(counts.get().sites, context.language.get())}
                <When is=Signal::derive(move || { counts.get().alarms > 0 })>
                    ", "
                    <span class="count-alarm">
                        {move || text::fleet::in_alarm(counts.get().alarms, context.language.get())}
                    </span>
                </When>
                <When is=Signal::derive(move || { counts.get().silent > 0 })>
                    ", "
                    <span class="count-silent">
                        {move || text::fleet::silent(counts.get().silent, context.language.get())}
                    </span>
                </When>
            </h1>
            <p class="dim">
                {move || {
                    let Counts { late, quiet, .. } = counts.get();
                    text::fleet::rest(late, quiet, context.language.get())
                }}
            </p>
        </div>
    }
}

#[component]
fn Search(sought: RwSignal<String>) -> impl IntoView {
    let context = expect_context::<Context>();
    view! {
        <input
            type="search"
            data-testid="search"
            placeholder=context.word(Word::FindSite)
            aria-label=context.word(Word::FindSite)
            prop:value=sought
            on:input=move |event| sought.set(event_target_value(&event))
        />
    }
}

#[component]
fn ViewSwitch(chosen: RwSignal<View>) -> impl IntoView {
    let context = expect_context::<Context>();
    let segment = |view: View, word: Word, test_id| Segment {
        label: context.word(word),
        is_chosen: Signal::derive(move || chosen.get() == view),
        choose: Callback::new(move |()| chosen.set(view)),
        test_id,
        lang: None,
    };
    view! {
        <Segments
            label=context.word(Word::View)
            segments=vec![
                segment(View::Cards, Word::Cards, "view-cards"),
                segment(View::Table, Word::Table, "view-table"),
            ]
        />
    }
}

#[component]
fn Groups(found: Memo<Standings>) -> impl IntoView {
    let group = move |needs_somebody: bool| {
        Memo::new(move |_| {
            let mut group = found.get();
            group.retain(|(_, standing)| standing.needs_somebody() == needs_somebody);
            group
        })
    };
    view! {
        <Group sites=group(true) title=Word::NeedsYou class="cards big"/>
        <Group sites=group(false) title=Word::Quiet class="cards"/>
    }
}

#[component]
fn Group(sites: Memo<Standings>, title: Word, class: &'static str) -> impl IntoView {
    let context = expect_context::<Context>();
    view! {
        <When is=Signal::derive(move || !sites.with(Vec::is_empty))>
            <section>
                <h2 class="group">
                    <b>{move || context.say(title)}</b>
                    <span>{move || sites.with(Vec::len).to_string()}</span>
                    <small>{context.word(Word::LastMinutesVoltage)}</small>
                </h2>
                <div class=class>
                    <List rows=site_rows(context, sites, |site, standing| {
                        view! { <SiteCard site standing/> }.into_any()
                    })/>
                </div>
            </section>
        </When>
    }
}

/// What to do when nothing was ever heard.
#[component]
fn NoSites() -> impl IntoView {
    let context = expect_context::<Context>();
    let shown_since_ms = context.now_ms.get_untracked();
    let has_waited =
        Memo::new(move |_| context.is_online() && context.now_ms.get() - shown_since_ms > 2_000.0);
    view! {
        <section class="plate empty" data-testid="no-sites">
            <When
                is=has_waited
                otherwise=move || view! { <h1 class="dim">{context.word(Word::WaitingForSites)}</h1> }
            >
                <h1>{context.word(Word::NoSites)}</h1>
                <p>{context.word(Word::NoSitesWhy)}</p>
                <p><code>"cargo xtask demo"</code></p>
            </When>
        </section>
    }
}
