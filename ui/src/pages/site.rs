//! `/site/<node>`: one site, all of it.

use crate::components::when::When;
use leptos::prelude::*;
use releve_protocol::NodeId;

use super::nowhere::Nowhere;
use crate::clock;
use crate::components::age::AgeMark;
use crate::components::alerts::AlertsPlate;
use crate::components::banners::Banners;
use crate::components::charge::ChargePlate;
use crate::components::control::ControlPlate;
use crate::components::cycle::CyclePlate;
use crate::components::diagram::EnergyDiagram;
use crate::components::limits::LimitsPlate;
use crate::components::link::Link;
use crate::components::measurements::Measurements;
use crate::components::schedule::SchedulePlate;
use crate::components::voltage_scale::VoltageScale;
use crate::context::{Context, LiveSite};
use crate::fleet::Freshness;
use crate::route::Route;
use crate::text::{self, Word, explain};

/// A site that was not heard of by then is unknown: kept messages come within moments.
const KNOWN_WITHIN_MS: f64 = 3_000.0;

/// The page of a site, or word that there is none.
#[component]
pub fn SitePage(id: NodeId) -> impl IntoView {
    let context = expect_context::<Context>();
    let known = Memo::new({
        let id = id.clone();
        move |_| context.fleet.with(|fleet| fleet.site(&id)).is_some()
    });
    view! {
        <When is=known otherwise=NotYetKnown>
            {context.follow(&id).map(|site| view! { <KnownSite site/> })}
        </When>
    }
}

#[component]
fn NotYetKnown() -> impl IntoView {
    let context = expect_context::<Context>();
    let asked_ms = context.now_ms.get_untracked();
    let has_waited = Memo::new(move |_| context.now_ms.get() - asked_ms > KNOWN_WITHIN_MS);
    view! {
        <When
            is=Signal::derive(move || has_waited.get() && context.is_online())
            otherwise=move || {
                view! {
                    <section class="plate empty">
                        <h1 class="dim">{context.word(Word::LookingForSite)}</h1>
                        <p>
                            <Link to=Route::Fleet class="btn">
                                {context.word(Word::BackToFleet)}
                            </Link>
                        </p>
                    </section>
                }
            }
        >
            <Nowhere title=Word::UnknownSite why=Word::UnknownSiteWhy/>
        </When>
    }
}

#[component]
fn KnownSite(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let freshness = Memo::new(move |_| site.with(|site| context.age(site).freshness));
    let blocked = Signal::derive(move || {
        if !context.is_online() {
            Some(Word::CutOffNoCommands)
        } else if freshness.get() == Freshness::Silent {
            Some(Word::SilentNoCommands)
        } else {
            None
        }
    });
    view! {
        <div class="site-page" data-freshness=move || freshness.get().name() data-testid="site-page">
            <Heading site/>
            <Banners site blocked/>
            <div class="site">
                <section
                    class="plate order-first"
                    aria-label=context.word(Word::EnergyFlow)
                >
                    <Explanation site freshness/>
                    <div class="flow">
                        <EnergyDiagram site/>
                        <VoltageScale site/>
                    </div>
                </section>
                <div class="side">
                    <ControlPlate site blocked/>
                    <ChargePlate site freshness/>
                </div>
                <CyclePlate site blocked/>
                <Measurements site/>
                <SchedulePlate site blocked/>
                <LimitsPlate site blocked/>
                <AlertsPlate site/>
            </div>
        </div>
    }
}

#[component]
fn Heading(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let about = move || {
        site.with(|site| {
            let info = site.info.as_ref();
            info.map_or_else(String::new, |info| {
                text::site::about(info, context.language.get())
            })
        })
    };
    let is_simulated = move || {
        site.with(|site| {
            site.info
                .as_ref()
                .is_some_and(|info| info.hardware.simulated)
        })
    };
    let unreadable = move || {
        site.with(|site| {
            site.unreadable.as_ref().map_or_else(String::new, |error| {
                text::fleet::unreadable(&error.to_string(), context.language.get())
            })
        })
    };
    view! {
        <div class="site-heading">
            <p class="dim">
                <Link to=Route::Fleet class="back" test_id="to-fleet".to_owned()>
                    {context.word(Word::Fleet)}
                </Link>
                " /"
            </p>
            <div class="row">
                <h1 data-testid="site-name">{move || site.with(|site| site.name().to_owned())}</h1>
                <AgeMark site/>
            </div>
            <p class="dim">{move || about()}</p>
            <When is=Signal::derive(is_simulated)>
                <p class="dim">
                    {context.word(Word::Simulated)}
                    {move || text::fleet::speed(site.with(|site| site.speed()), context.language.get())}
                </p>
            </When>
            <p class="dim" data-testid="zones">{move || zones(context, site)}</p>
            <When is=Signal::derive(move || site.with(|site| site.clocks_disagree()))>
                <p class="wrong">{context.word(Word::ClocksDisagree)}</p>
            </When>
            <p class="wrong">{move || unreadable()}</p>
        </div>
    }
}

/// Whose time this page tells, where that is not plain.
fn zones(context: Context, site: LiveSite) -> Option<String> {
    site.with(|site| {
        site.state.as_ref()?;
        let zone = site.time_zone().filter(|zone| clock::knows_zone(zone));
        text::site::zones(zone, &clock::zone_here(), context.language.get())
    })
}

/// Why the relays stand as they do, and what happens next; of a silent site, what was last known.
#[component]
fn Explanation(site: LiveSite, freshness: Memo<Freshness>) -> impl IntoView {
    let context = expect_context::<Context>();
    let is_silent = move || freshness.get() == Freshness::Silent;
    let headline = move || {
        site.with(|site| {
            let Some(state) = site.state.as_ref() else {
                return String::new();
            };
            let headline = explain::headline(state, context.language.get());
            if is_silent() {
                explain::as_of(&headline, state.at, context.speaker(site))
            } else {
                headline
            }
        })
    };
    let detail = move || {
        site.with(|site| {
            let Some(state) = site.state.as_ref() else {
                return String::new();
            };
            if is_silent() {
                return context.say(Word::PresentUnknown).to_owned();
            }
            explain::decision(state, context.speaker(site))
        })
    };
    view! {
        <p class="say" data-testid="explanation">
            <b>{move || headline()}</b>
            <span>{move || detail()}</span>
        </p>
    }
}
