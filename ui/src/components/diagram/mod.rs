//! The single-line diagram of a site: one drawing for wide plates, one for narrow ones.

mod parts;
mod tall;
mod wide;

use leptos::prelude::*;
use releve_protocol::Reading;
use releve_protocol::control::statistics::Statistics;
use releve_protocol::control::{Contact, MainsState, RelayName, Unit};

use crate::components::value::{Sign, mean_text};
use crate::context::{Context, LiveSite};
use crate::energy_flow::{self, BatteryFlow, EnergyFlow};
use crate::format;
use crate::text::Word;

/// The diagram of a site.
#[component]
pub fn EnergyDiagram(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let picture = Picture {
        context,
        site,
        flow: Memo::new(move |_| site.with(|site| EnergyFlow::of(site))),
    };
    view! {
        <wide::Wide picture/>
        <tall::Tall picture/>
    }
}

/// What both drawings show.
#[derive(Clone, Copy)]
struct Picture {
    context: Context,
    site: LiveSite,
    flow: Memo<EnergyFlow>,
}

impl Picture {
    fn word(self, word: Word) -> Signal<&'static str> {
        Signal::derive(move || self.context.say(word))
    }

    fn mean(self, of: fn(&Reading) -> Statistics, unit: Unit, sign: Sign) -> Signal<String> {
        Signal::derive(move || {
            self.site.with(|site| {
                let statistics = site.reading.as_ref().map(|reading| of(&reading.value));
                mean_text(self.context, statistics.as_ref(), unit, sign)
            })
        })
    }

    fn contact(self, relay: RelayName) -> Option<Contact> {
        self.site.with(|site| energy_flow::contact(site, relay))
    }

    /// `closed`, `open`, or both where the read-back contradicts the command.
    fn contact_text(self, relay: RelayName) -> String {
        let language = self.context.language.get();
        self.contact(relay).map_or_else(
            || "?".to_owned(),
            |contact| language.contact(contact).to_owned(),
        )
    }

    fn is_contradicted(self, relay: RelayName) -> bool {
        self.site.with(|site| {
            site.relay(relay)
                .is_some_and(|relay| relay.actual.is_some_and(|actual| actual != relay.wanted))
        })
    }

    fn mains(self) -> &'static str {
        let mains = self
            .site
            .with(|site| site.state.as_ref().map(|state| state.mains));
        self.context.say(match mains {
            Some(MainsState::Present) => Word::MainsPresent,
            Some(MainsState::Lost) => Word::MainsLost,
            Some(MainsState::Unknown) | None => Word::MainsUnknown,
        })
    }

    fn battery_words(self) -> &'static str {
        match self.flow.get().battery_flow {
            BatteryFlow::Charging => self.context.say(Word::Charging),
            BatteryFlow::Discharging => self.context.say(Word::Discharging),
            BatteryFlow::Rest => self.context.say(Word::AtRest),
            BatteryFlow::Unknown => "",
        }
    }

    /// The least and the greatest battery voltage of the last window.
    fn voltage_range(self) -> String {
        let language = self.context.language.get();
        self.site.with(|site| {
            let range = site.reading.as_ref().and_then(|reading| {
                let voltage = reading.value.battery.voltage;
                Some((voltage.min?, voltage.max?))
            });
            range.map_or_else(String::new, |(low, high)| {
                format!(
                    "{} – {}",
                    format::number(low, 2, language),
                    format::number(high, 2, language)
                )
            })
        })
    }

    /// State of charge, as a fraction and in words; nothing is drawn of an unknown one.
    fn charge(self) -> (f64, String) {
        let language = self.context.language.get();
        let percent = self
            .site
            .with(|site| site.state.as_ref()?.charge.state_of_charge);
        let text = percent.map(|percent| format::quantity(percent, Unit::Percent, language));
        let fraction = (percent.unwrap_or_default() / 100.0).clamp(0.0, 1.0);
        (fraction, text.unwrap_or_else(|| format::UNKNOWN.to_owned()))
    }

    /// The transform that fills a level up to the state of charge, from its bottom.
    fn level(self, bottom: u32) -> Signal<String> {
        Signal::derive(move || {
            let fraction = format::fixed(self.charge().0, 3);
            format!("translate(0 {bottom}) scale(1 {fraction}) translate(0 -{bottom})")
        })
    }

    fn is_hot(self) -> bool {
        use releve_protocol::control::AlarmName;
        self.site.with(|site| {
            site.alarms().iter().any(|alarm| {
                matches!(
                    alarm.alarm,
                    AlarmName::TemperatureHigh | AlarmName::TemperatureLimit
                )
            })
        })
    }
}

const fn flow_name(flow: BatteryFlow) -> &'static str {
    match flow {
        BatteryFlow::Charging => "charging",
        BatteryFlow::Discharging => "discharging",
        BatteryFlow::Rest => "rest",
        BatteryFlow::Unknown => "unknown",
    }
}
