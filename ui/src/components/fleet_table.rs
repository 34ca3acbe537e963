//! All sites as a dense table.

use leptos::prelude::*;
use releve_protocol::NodeId;
use releve_protocol::control::Unit;

use super::age::AgeMark;
use super::link::Link;
use super::mini_diagram::MiniDiagram;
use super::site_card::{BATTERY_VOLTAGE, statistic, trouble_text, worst_alarm};
use super::sparkline::{SparklineView, draw};
use super::value::{Sign, Value};
use crate::context::{Context, LiveSite};
use crate::fleet::Standing;
use crate::route::Route;
use crate::text::Word;

/// The table of these sites.
#[component]
pub fn FleetTable(#[prop(into)] sites: Signal<Vec<(NodeId, Standing)>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let say = move |word| move || context.say(word);
    view! {
        <div
            class="plate scroll"
            tabindex="0"
            role="region"
            aria-label=say(Word::AllSites)
            data-testid="fleet-table"
        >
            <table class="dense">
                <thead>
                    <tr>
                        <th>{say(Word::Site)}</th>
                        <th>{say(Word::Data)}</th>
                        <th class="num">"V"</th>
                        <th>{say(Word::LastMinutes)}</th>
                        <th class="num">"A"</th>
                        <th class="num">"°C"</th>
                        <th>{say(Word::ModeTitle)}</th>
                        <th>{say(Word::Relays)}</th>
                        <th>{say(Word::Alarm)}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || sites.get() key=|site| site.clone() let((id, standing))>
                        {context.follow(&id).map(|site| view! { <Row site standing/> })}
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(site: LiveSite, standing: Standing) -> impl IntoView {
    let context = expect_context::<Context>();
    let id = site.id();
    let mode = move || {
        site.with(|site| {
            let mode = site.state.as_ref().map(|state| state.mode);
            mode.map_or("", |mode| context.language.get().mode(mode))
        })
    };
    let alarm = move || {
        site.with(|site| match worst_alarm(site) {
            Some(_) => trouble_text(context, site),
            None => context.say(Word::NoAlarm).to_owned(),
        })
    };
    view! {
        <tr data-standing=standing.name()>
            <th scope="row">
                <Link to=Route::Site(id)>{move || site.with(|site| site.name().to_owned())}</Link>
            </th>
            <td><AgeMark site/></td>
            <td class="num">
                <Value statistics=statistic(site, |reading| reading.battery.voltage) unit=Unit::Volt/>
            </td>
            <td>
                <SparklineView drawn=Signal::derive(move || {
                    site.with(|site| draw(context, site, BATTERY_VOLTAGE))
                })/>
            </td>
            <td class="num">
                <Value
                    statistics=statistic(site, |reading| reading.battery.current)
                    unit=Unit::Ampere
                    sign=Sign::Always
                />
            </td>
            <td class="num">
                <Value
                    statistics=statistic(site, |reading| reading.temperature)
                    unit=Unit::DegreeCelsius
                />
            </td>
            <td>{mode}</td>
            <td><MiniDiagram site/></td>
            <td class="why">{alarm}</td>
        </tr>
    }
}
