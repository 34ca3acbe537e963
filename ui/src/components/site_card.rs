//! A site on the fleet page: values at a glance; in trouble also the reason and what to do.

use crate::components::when::When;
use leptos::prelude::*;
use releve_protocol::control::{AlarmName, Unit};

use super::age::AgeMark;
use super::link::Link;
use super::mini_diagram::MiniDiagram;
use super::sparkline::{SparklineView, draw};
use super::value::{Sign, Value};
use crate::commands::Request;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::fleet::{Freshness, Standing, by_weight};
use crate::route::Route;
use crate::text::{self, Word};

/// Places in the catalog of quantities.
pub const BATTERY_VOLTAGE: usize = 0;

/// A site's card.
#[component]
pub fn SiteCard(site: LiveSite, standing: Standing) -> impl IntoView {
    let context = expect_context::<Context>();
    let id = site.id();
    let test_id = format!("site-{id}");
    let mode = move || {
        site.with(|site| {
            let mode = site.state.as_ref().map(|state| state.mode);
            mode.map_or("", |mode| context.language.get().mode(mode))
        })
    };
    let is_hot =
        move || site.with(|site| site.alarms().iter().any(|alarm| is_about_heat(alarm.alarm)));
    view! {
        <article class="card" data-standing=standing.name() data-testid=test_id>
            <header>
                <h3>
                    <Link to=Route::Site(id)>{move || site.with(|site| site.name().to_owned())}</Link>
                </h3>
                <AgeMark site/>
            </header>
            <p class="mode dim">{move || mode()}</p>
            <When is=Signal::derive(move || standing.needs_somebody())>
                <Trouble site standing/>
            </When>
            <div class="volt">
                <Value
                    site of=|reading| &reading.battery.voltage
                    unit=Unit::Volt
                    class="big"
                />
                <SparklineView drawn=Memo::new(move |_| site.with(|site| draw(context, site, BATTERY_VOLTAGE)))/>
            </div>
            <footer>
                <span class:heat=move || is_hot()>
                    <Value
                        site of=|reading| &reading.temperature
                        unit=Unit::DegreeCelsius
                    />
                </span>
                <Value
                    site of=|reading| &reading.battery.current
                    unit=Unit::Ampere
                    sign=Sign::Always
                />
                <MiniDiagram site/>
            </footer>
        </article>
    }
}

const fn is_about_heat(alarm: AlarmName) -> bool {
    matches!(
        alarm,
        AlarmName::TemperatureHigh | AlarmName::TemperatureLimit
    )
}

/// What is wrong, in one sentence.
fn trouble_text(context: Context, site: &SiteSnapshot, standing: Standing) -> String {
    let language = context.language.get();
    let alarms = text::alarms::in_short(&by_weight(site.alarms()), language);
    if standing == Standing::Silent {
        return text::fleet::silence(context.age(site), alarms.as_deref(), language);
    }
    alarms.unwrap_or_default()
}

#[component]
fn Trouble(site: LiveSite, standing: Standing) -> impl IntoView {
    let context = expect_context::<Context>();
    let open_alarm = move || {
        site.with(|site| {
            by_weight(site.alarms())
                .first()
                .filter(|alarm| alarm.acknowledged_at.is_none())
                .map(|alarm| (site.id.clone(), alarm.alarm))
        })
    };
    let can_send = move || {
        context.is_online() && site.with(|site| context.age(site).freshness != Freshness::Silent)
    };
    let acknowledge = move |_| {
        if let Some((id, alarm)) = open_alarm() {
            context.send(&id, Request::Acknowledge(alarm));
        }
    };
    view! {
        <div class="why" data-standing=standing.name()>
            <span>{move || site.with(|site| trouble_text(context, site, standing))}</span>
            <When is=Signal::derive(move || open_alarm().is_some())>
                <button
                    type="button"
                    class="btn"
                    data-testid="acknowledge"
                    disabled=move || !can_send()
                    on:click=acknowledge
                >
                    {context.word(Word::Acknowledge)}
                </button>
            </When>
        </div>
    }
}
