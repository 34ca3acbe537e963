//! All sites as a dense table: with fewer columns where there is little room, on a phone as rows that are
//! stacked.

use leptos::prelude::*;
use releve_protocol::NodeId;
use releve_protocol::control::Unit;

use super::age::AgeMark;
use super::link::Link;
use super::list::{List, Row, Rows};
use super::mini_diagram::MiniDiagram;
use super::site_card::BATTERY_VOLTAGE;
use super::sparkline::{SparklineView, draw};
use super::value::{Sign, Value};
use crate::context::{Context, LiveSite};
use crate::fleet::{Standing, by_weight};
use crate::route::Route;
use crate::text::{self, Word};

/// A row for each of these sites; built anew only where the site's standing changes.
pub fn site_rows(
    context: Context,
    sites: Memo<Vec<(NodeId, Standing)>>,
    build: fn(LiveSite, Standing) -> AnyView,
) -> Rows {
    Box::new(move || {
        let row = |(id, standing): (NodeId, Standing)| {
            let key = format!("{id} {}", standing as u8);
            Row::new(key, move || {
                context
                    .follow(&id)
                    .map_or_else(|| ().into_any(), |site| build(site, standing))
            })
        };
        sites.get().into_iter().map(row).collect()
    })
}

/// The table of these sites.
#[component]
pub fn FleetTable(sites: Memo<Vec<(NodeId, Standing)>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let say = move |word| move || context.say(word);
    view! {
        <div class="plate table" data-testid="fleet-table">
            <table class="dense" aria-label=say(Word::AllSites)>
                <thead>
                    <tr>
                        <th>{say(Word::Site)}</th>
                        <th>{say(Word::Data)}</th>
                        <th class="num">"V"</th>
                        <th class="roomy">{say(Word::LastMinutes)}</th>
                        <th class="num">"A"</th>
                        <th class="num">"°C"</th>
                        <th>{say(Word::ModeTitle)}</th>
                        <th class="roomy">{say(Word::Relays)}</th>
                        <th>{say(Word::Alarm)}</th>
                    </tr>
                </thead>
                <tbody>
                    <List rows=site_rows(context, sites, |site, standing| {
                        view! { <SiteRow site standing/> }.into_any()
                    })/>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn SiteRow(site: LiveSite, standing: Standing) -> impl IntoView {
    let context = expect_context::<Context>();
    let id = site.id();
    let mode = move || {
        site.with(|site| {
            let mode = site.state.as_ref().map(|state| state.mode);
            mode.map_or("", |mode| context.language.get().mode(mode))
        })
    };
    let alarm = move || {
        site.with(|site| {
            let language = context.language.get();
            text::alarms::in_short(&by_weight(site.alarms()), language)
        })
    };
    view! {
        <tr data-standing=standing.name()>
            <th scope="row">
                <Link to=Route::Site(id)>{move || site.with(|site| site.name().to_owned())}</Link>
            </th>
            <td><AgeMark site/></td>
            <td class="num">
                <Value site of=|reading| &reading.battery.voltage unit=Unit::Volt/>
            </td>
            <td class="roomy">
                <SparklineView drawn=Memo::new(move |_| site.with(|site| draw(context, site, BATTERY_VOLTAGE)))/>
            </td>
            <td class="num">
                <Value
                    site of=|reading| &reading.battery.current
                    unit=Unit::Ampere
                    sign=Sign::Always
                />
            </td>
            <td class="num">
                <Value
                    site of=|reading| &reading.temperature
                    unit=Unit::DegreeCelsius
                />
            </td>
            <td>{move || mode()}</td>
            <td class="roomy"><MiniDiagram site/></td>
            <td class="why" class:none=move || alarm().is_none()>
                {move || alarm().unwrap_or_else(|| context.say(Word::NoAlarm).to_owned())}
            </td>
        </tr>
    }
}
