//! Wires and contacts, drawn where the two diagrams put them.

use leptos::prelude::*;
use releve_protocol::control::{Contact, RelayName};

use super::Picture;
use crate::energy_flow::{EnergyFlow, Wire};
use crate::format;

/// Slowest and fastest dashes, in amperes.
const DASH_AMPERES: (f64, f64) = (0.1, 6.0);

/// How a wire is drawn.
#[derive(Clone, Copy, PartialEq)]
pub struct WireLook {
    pub wire: Wire,
    pub amperes: f64,
    pub is_backward: bool,
    pub is_spending: bool,
}

impl WireLook {
    pub const fn forward(wire: Wire, amperes: f64) -> Self {
        Self {
            wire,
            amperes,
            is_backward: false,
            is_spending: false,
        }
    }
}

/// A wire: a tinted channel, dashes that move with the current, an arrowhead for each direction.
#[component]
pub fn WireView(
    flow: Memo<EnergyFlow>,
    look: fn(EnergyFlow) -> WireLook,
    path: &'static str,
    /// Arrowhead along the path.
    tip: &'static str,
    /// Arrowhead against the path.
    #[prop(optional)]
    back_tip: &'static str,
    /// Whether it carries 230 V.
    #[prop(optional)]
    is_mains: bool,
) -> impl IntoView {
    let look = move || look(flow.get());
    let current = move || {
        let (slowest, fastest) = DASH_AMPERES;
        format::fixed(look().amperes.clamp(slowest, fastest), 2)
    };
    view! {
        <g
            class="wire"
            class:ac=is_mains
            data-live=move || look().wire.name()
            data-direction=move || if look().is_backward { "back" } else { "forward" }
            data-spend=move || look().is_spending.to_string()
            style:--i=move || current()
        >
            <path class="channel" d=path/>
            <path class="run" d=path/>
            <path class="tip tip-forward" d=tip/>
            <path class="tip tip-back" d=back_tip/>
        </g>
    }
}

/// A contact whose blade opens.
#[component]
pub fn ContactView(
    picture: Picture,
    relay: RelayName,
    transform: &'static str,
    length: u32,
) -> impl IntoView {
    let position = move || picture.contact(relay).map_or("unknown", Contact::name);
    view! {
        <g
            class="contact"
            class:ac=matches!(relay, RelayName::Mains)
            data-position=move || position()
            transform=transform
        >
            <path class="blade" d=format!("M0 0H{length}")/>
            <circle r="5"/>
            <circle cx=length r="5"/>
        </g>
    }
}

/// A number with its unit inside a drawing.
#[component]
pub fn Figure(
    x: u32,
    y: u32,
    class: &'static str,
    value: Signal<String>,
    unit: &'static str,
    #[prop(optional)] test_id: Option<&'static str>,
) -> impl IntoView {
    view! {
        <text x=x y=y class=class>
            <tspan data-testid=test_id>{value}</tspan>
            <tspan class="unit" dx="4">{unit}</tspan>
        </text>
    }
}
