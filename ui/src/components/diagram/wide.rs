//! The drawing for wide plates, from left to right.

use crate::components::when::When;
use leptos::prelude::*;
use releve_protocol::control::{RelayName, Unit, Wiring};

use super::Picture;
use super::parts::{ContactView, Figure, WireLook, WireView};
use crate::components::value::Sign;
use crate::energy_flow::{BatteryFlow, EnergyFlow};
use crate::text::Word;

#[component]
pub fn Wide(picture: Picture) -> impl IntoView {
    view! {
        <svg
            class="wide"
            viewBox="0 0 960 286"
            role="img"
            aria-label=picture.word(Word::FlowPicture)
        >
            <Wires picture/>
            <Supply picture/>
            <Relay picture relay=RelayName::Mains name=Word::Relay1 x=152/>
            <Charger picture/>
            <Relay picture relay=RelayName::Charger name=Word::Relay2 x=488/>
            <Load picture/>
            <Battery picture/>
        </svg>
    }
}

/// How the battery's wire and the load's look: the load's spends when the battery feeds it.
pub(super) fn battery_look(flow: EnergyFlow) -> WireLook {
    let is_discharging = flow.battery_flow == BatteryFlow::Discharging;
    WireLook {
        wire: flow.battery,
        amperes: flow.amperes.battery,
        is_backward: is_discharging,
        is_spending: is_discharging,
    }
}

pub(super) fn load_look(flow: EnergyFlow) -> WireLook {
    WireLook {
        is_spending: flow.battery_flow == BatteryFlow::Discharging,
        ..WireLook::forward(flow.load, flow.amperes.load)
    }
}

pub(super) fn has_own_supply(flow: EnergyFlow) -> bool {
    flow.wiring == Wiring::BatteryLead
}

#[component]
fn Wires(picture: Picture) -> impl IntoView {
    let flow = picture.flow;
    view! {
        <WireView flow look=|flow| WireLook::forward(flow.supply, flow.amperes.charger) is_mains=true path="M72 92H152" tip="m108 85 10 7-10 7z"/>
        <WireView flow look=|flow| WireLook::forward(flow.to_charger, flow.amperes.charger) is_mains=true path="M204 92H262" tip="m238 85 10 7-10 7z"/>
        <When is=Signal::derive(move || has_own_supply(flow.get()))>
            <WireView flow
                look=|flow| WireLook::forward(flow.load_supply, flow.amperes.load) is_mains=true path="M224 92V158H580V196" tip="m394 151 10 7-10 7z"/>
            <circle class="junction" cx="224" cy="92" r="4"/>
        </When>
        <WireView flow look=|flow| WireLook::forward(flow.from_charger, flow.amperes.charger) path="M434 92H488" tip="m456 85 10 7-10 7z"/>
        <WireView flow look=|flow| WireLook::forward(flow.to_bus, flow.amperes.charger) path="M540 92H612" tip="m571 85 10 7-10 7z"/>
        <WireView
            flow
            look=battery_look
            path="M612 92H700"
            tip="m651 85 10 7-10 7z"
            back_tip="m661 85-10 7 10 7z"
        />
        <WireView
            flow
            look=load_look
            path="M612 92V196"
            tip="m605 140 7 10 7-10z"
        />
        <circle class="junction" cx="612" cy="92" r="5"/>
    }
}

#[component]
fn Supply(picture: Picture) -> impl IntoView {
    view! {
        <g class="device" data-live=move || picture.flow.get().supply.name()>
            <circle class="box" cx="46" cy="92" r="26"/>
            <path class="glyph" d="M32 92q7-16 14 0t14 0"/>
            <text class="label" x="46" y="34" text-anchor="middle">{picture.word(Word::Mains)}</text>
            <text class="strong" x="46" y="146" text-anchor="middle" data-testid="mains">
                {move || picture.mains()}
            </text>
        </g>
    }
}

#[component]
fn Relay(picture: Picture, relay: RelayName, name: Word, x: u32) -> impl IntoView {
    let transform = if relay == RelayName::Mains {
        "translate(152 92)"
    } else {
        "translate(488 92)"
    };
    let test_id = format!("contact-{relay}");
    view! {
        <ContactView picture relay transform length=52/>
        <text class="label" x=x + 26 y="34" text-anchor="middle">{picture.word(name)}</text>
        <text
            class="strong"
            class:wrong=move || picture.is_contradicted(relay)
            x=x + 26
            y="146"
            text-anchor="middle"
            data-testid=test_id
        >
            {move || picture.contact_text(relay)}
        </text>
    }
}

#[component]
fn Charger(picture: Picture) -> impl IntoView {
    let volts = picture.mean(
        |reading| reading.charger.voltage,
        Unit::Volt,
        Sign::Negative,
    );
    let amperes = picture.mean(
        |reading| reading.charger.current,
        Unit::Ampere,
        Sign::Negative,
    );
    let watts = picture.mean(|reading| reading.charger.power, Unit::Watt, Sign::Negative);
    view! {
        <g class="device" data-live=move || picture.flow.get().from_charger.name()>
            <rect class="box" x="262" y="50" width="172" height="84" rx="8"/>
            <path
                class="glyph"
                d="M272 74h36v36h-36zM272 110l36-36M277 84q3.5-7 7 0t7 0M292 100h11M292 104.5h11"
            />
            <text class="label" x="348" y="34" text-anchor="middle">{picture.word(Word::Charger)}</text>
            <Figure x=320 y=86 class="second" value=volts unit="V" test_id="charger-voltage"/>
            <Figure x=320 y=114 class="" value=amperes unit="A" test_id="charger-current"/>
            <Figure x=380 y=114 class="" value=watts unit="W"/>
        </g>
    }
}

#[component]
fn Load(picture: Picture) -> impl IntoView {
    let amperes = picture.mean(|reading| reading.load.current, Unit::Ampere, Sign::Negative);
    let watts = picture.mean(|reading| reading.load.power, Unit::Watt, Sign::Negative);
    view! {
        <g class="device">
            <rect class="box" x="548" y="196" width="128" height="78" rx="8"/>
            <text class="label" x="562" y="218">{picture.word(Word::Load)}</text>
            <Figure x=562 y=246 class="second" value=amperes unit="A" test_id="load-current"/>
            <Figure x=562 y=265 class="" value=watts unit="W"/>
        </g>
    }
}

#[component]
fn Battery(picture: Picture) -> impl IntoView {
    let volts = picture.mean(
        |reading| reading.battery.voltage,
        Unit::Volt,
        Sign::Negative,
    );
    let amperes = picture.mean(
        |reading| reading.battery.current,
        Unit::Ampere,
        Sign::Always,
    );
    let celsius = picture.mean(
        |reading| reading.temperature,
        Unit::DegreeCelsius,
        Sign::Negative,
    );
    let flow = move || super::flow_name(picture.flow.get().battery_flow);
    view! {
        <g class="device battery" class:hot=move || picture.is_hot() data-flow=move || flow()>
            <path class="glyph" d="M732 30v-8h24v8M880 30v-8h24v8M738 13h12M744 7v12M886 13h12"/>
            <rect
                class="level"
                x="702"
                y="32"
                width="232"
                height="240"
                transform=picture.level(272)
            />
            <rect class="box" x="700" y="30" width="236" height="244" rx="10"/>
            <text class="label" x="722" y="60">{picture.word(Word::Battery)}</text>
            <Figure x=720 y=112 class="first" value=volts unit="V" test_id="battery-voltage"/>
            <text class="label" x="722" y="134">{move || picture.voltage_range()}</text>
            <Figure x=722 y=178 class="second" value=amperes unit="A" test_id="battery-current"/>
            <text class="label" x="824" y="177">{move || picture.battery_words()}</text>
            <Figure
                x=722
                y=234
                class="second temperature"
                value=celsius
                unit="°C"
                test_id="battery-temperature"
            />
            <text class="label" x="722" y="256">{picture.word(Word::Temperature)}</text>
            <text class="second" x="836" y="234">{move || picture.charge().1}</text>
            <text class="label" x="836" y="256">{picture.word(Word::ChargeInBattery)}</text>
        </g>
    }
}
