//! The drawing for narrow plates, from top to bottom.

use crate::components::when::When;
use leptos::prelude::*;
use releve_protocol::control::{RelayName, Unit};

use super::Picture;
use super::parts::{ContactView, Figure, WireLook, WireView};
use super::wide::{battery_look, has_own_supply, load_look};
use crate::components::value::Sign;
use crate::text::Word;

#[component]
pub fn Tall(picture: Picture) -> impl IntoView {
    view! {
        <svg
            class="tall"
            viewBox="0 0 334 540"
            role="img"
            aria-label=picture.word(Word::FlowPicture)
        >
            <Wires picture/>
            <Supply picture/>
            <Relay picture relay=RelayName::Mains name=Word::Relay1 y=88/>
            <Charger picture/>
            <Relay picture relay=RelayName::Charger name=Word::Relay2 y=268/>
            <Load picture/>
            <Battery picture/>
        </svg>
    }
}

#[component]
fn Wires(picture: Picture) -> impl IntoView {
    let flow = picture.flow;
    view! {
        <WireView flow look=|flow| WireLook::forward(flow.supply, flow.amperes.charger) is_mains=true path="M42 54V88" tip="m35 66 7 10 7-10z"/>
        <WireView flow look=|flow| WireLook::forward(flow.to_charger, flow.amperes.charger) is_mains=true path="M42 136V168" tip="m35 150 7 10 7-10z"/>
        <When is=Signal::derive(move || has_own_supply(flow.get()))>
            <WireView
                flow
                look=|flow| WireLook::forward(flow.load_supply, flow.amperes.load)
                is_mains=true
                path="M42 148H318V318"
                tip="m311 282 7 10 7-10z"
            />
            <circle class="junction" cx="42" cy="148" r="4"/>
        </When>
        <WireView flow look=|flow| WireLook::forward(flow.from_charger, flow.amperes.charger) path="M42 238V268" tip="m35 248 7 10 7-10z"/>
        <WireView flow look=|flow| WireLook::forward(flow.to_bus, flow.amperes.charger) path="M42 316V352" tip="m35 328 7 10 7-10z"/>
        <WireView
            flow
            look=battery_look
            path="M42 352V404"
            tip="m35 373 7 10 7-10z"
            back_tip="m35 383 7-10 7 10z"
        />
        <WireView
            flow
            look=load_look
            path="M42 352H168"
            tip="m102 345 10 7-10 7z"
        />
        <circle class="junction" cx="42" cy="352" r="5"/>
    }
}

#[component]
fn Supply(picture: Picture) -> impl IntoView {
    view! {
        <g class="device" data-live=move || picture.flow.get().supply.name()>
            <circle class="box" cx="42" cy="30" r="24"/>
            <path class="glyph" d="M29 30q6.5-15 13 0t13 0"/>
            <text class="label" x="84" y="25">{picture.word(Word::Mains)}</text>
            <text class="strong" x="84" y="45">{move || picture.mains()}</text>
        </g>
    }
}

#[component]
fn Relay(picture: Picture, relay: RelayName, name: Word, y: u32) -> impl IntoView {
    let transform = if relay == RelayName::Mains {
        "translate(42 88) rotate(90)"
    } else {
        "translate(42 268) rotate(90)"
    };
    view! {
        <ContactView picture relay transform length=48/>
        <text class="label" x="84" y=y + 20>{picture.word(name)}</text>
        <text
            class="strong"
            class:wrong=move || picture.is_contradicted(relay)
            x="84"
            y=y + 39
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
    // The wire to a load with a supply of its own passes beside it.
    let width = move || {
        if has_own_supply(picture.flow.get()) {
            "296"
        } else {
            "330"
        }
    };
    view! {
        <g class="device" data-live=move || picture.flow.get().from_charger.name()>
            <rect class="box" x="2" y="168" width=move || width() height="70" rx="8"/>
            <path
                class="glyph"
                d="M24 185h36v36h-36zM24 221l36-36M29 195q3.5-7 7 0t7 0M44 211h11M44 215.5h11"
            />
            <text class="label" x="84" y="196">{picture.word(Word::Charger)}</text>
            <Figure x=84 y=223 class="second" value=volts unit="V"/>
            <Figure x=174 y=222 class="" value=amperes unit="A"/>
            <Figure x=236 y=222 class="" value=watts unit="W"/>
        </g>
    }
}

#[component]
fn Load(picture: Picture) -> impl IntoView {
    let amperes = picture.mean(|reading| reading.load.current, Unit::Ampere, Sign::Negative);
    let watts = picture.mean(|reading| reading.load.power, Unit::Watt, Sign::Negative);
    view! {
        <g class="device">
            <rect class="box" x="168" y="318" width="164" height="68" rx="8"/>
            <text class="label" x="184" y="341">{picture.word(Word::Load)}</text>
            <Figure x=184 y=371 class="second" value=amperes unit="A"/>
            <Figure x=266 y=370 class="" value=watts unit="W"/>
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
            <rect
                class="level"
                x="4"
                y="406"
                width="326"
                height="130"
                transform=picture.level(536)
            />
            <rect class="box" x="2" y="404" width="330" height="134" rx="10"/>
            <text class="label" x="20" y="430">{picture.word(Word::Battery)}</text>
            <Figure x=18 y=474 class="first" value=volts unit="V"/>
            <text class="label" x="20" y="494">{move || picture.voltage_range()}</text>
            <Figure x=192 y=452 class="second" value=amperes unit="A"/>
            <text class="label" x="192" y="471">{move || picture.battery_words()}</text>
            <Figure x=192 y=506 class="second temperature" value=celsius unit="°C"/>
            <text class="label" x="192" y="525">{picture.word(Word::Temperature)}</text>
            <text class="second" x="20" y="525">
                {move || picture.charge().1}
                <tspan class="label" dx="6">{picture.word(Word::ChargeInBattery)}</tspan>
            </text>
        </g>
    }
}
