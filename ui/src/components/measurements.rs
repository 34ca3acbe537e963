//! Every measured quantity: its value and its last minutes.

use leptos::prelude::*;
use releve_protocol::catalog::{QUANTITIES, Quantity};
use releve_protocol::control::{InputFault, Inputs, Unit};

use super::sparkline::{SparklineView, draw};
use super::value::{Sign, Value};
use crate::context::{Context, LiveSite};
use crate::format;
use crate::text::Word;

/// The plate with every quantity of a site.
#[component]
pub fn Measurements(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let minutes = move || site.with(|site| draw(context, site, 0).minutes.round());
    let span = move || {
        let language = context.language.get();
        let minutes = minutes();
        if minutes == 0.0 {
            return String::new();
        }
        let duration = format::duration(minutes * 60.0, language);
        format!("{}, {duration}", context.say(Word::LastMinutes))
    };
    view! {
        <section class="plate measurements" aria-labelledby="measurements-title">
            <header>
                <h2 id="measurements-title">{context.word(Word::Measurements)}</h2>
                <small class="push">{move || span()}</small>
            </header>
            <div class="quantities">
                {QUANTITIES
                    .iter()
                    .enumerate()
                    .map(|(index, quantity)| view! { <QuantityView site index quantity/> })
                    .collect_view()}
            </div>
        </section>
    }
}

#[component]
fn QuantityView(site: LiveSite, index: usize, quantity: &'static Quantity) -> impl IntoView {
    let context = expect_context::<Context>();
    let drawn = Memo::new(move |_| site.with(|site| draw(context, site, index)));
    let range = move || {
        let language = context.language.get();
        let number = |value| format::number(value, quantity.decimals, language);
        drawn
            .with(|drawn| drawn.range)
            .map_or_else(String::new, |(low, high)| {
                format!("{} – {}", number(low), number(high))
            })
    };
    let fault = move || {
        let language = context.language.get();
        let fault = site.with(|site| fault_of(&site.state.as_ref()?.inputs, quantity.key));
        fault.map(|fault| language.input_fault(fault))
    };
    let is_battery_current = quantity.key == "battery.current";
    let sign = if is_battery_current {
        Sign::Always
    } else {
        Sign::Negative
    };
    let color = match quantity.unit {
        Unit::DegreeCelsius => "heat",
        _ if quantity.key.starts_with("load.") => "load",
        _ => "charge",
    };
    view! {
        <figure class="quantity" data-testid=format!("quantity-{}", quantity.key)>
            <figcaption>
                <span class="dim">{move || quantity.label(context.language.get())}</span>
                <Value site of=quantity.of unit=quantity.unit sign/>
            </figcaption>
            <SparklineView drawn color/>
            <small>
                {move || range()}
                <span class="fault" data-testid=format!("fault-{}", quantity.key)>
                    {move || fault()}
                </span>
            </small>
        </figure>
    }
}

/// What is wrong with the input that a quantity is measured at; the battery's current is derived.
fn fault_of(inputs: &Inputs<Option<InputFault>>, quantity: &str) -> Option<InputFault> {
    match quantity.split_once('.') {
        Some(("battery", "voltage")) => inputs.battery,
        Some(("charger", _)) => inputs.charger,
        Some(("load", _)) => inputs.load,
        None if quantity == "temperature" => inputs.temperature,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measured_quantity_shows_the_fault_of_its_input() {
        let inputs = Inputs {
            battery: Some(InputFault::NoResponse),
            charger: Some(InputFault::Stalled),
            load: Some(InputFault::NoAnswer),
            temperature: Some(InputFault::OutOfRange),
        };
        let shown = |quantity: &Quantity| fault_of(&inputs, quantity.key).is_some();
        let hidden: Vec<_> = QUANTITIES
            .iter()
            .filter(|quantity| !shown(quantity))
            .collect();
        let hidden: Vec<_> = hidden.iter().map(|quantity| quantity.key).collect();
        assert_eq!(hidden, ["battery.current"]);
    }
}
