//! A calibrated rule: where the battery's voltage stands between its limits, and where it was.

use leptos::prelude::*;
use releve_protocol::control::{LimitName, Mode, Unit};

use super::site_card::BATTERY_VOLTAGE;
use super::when::if_any;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::format;
use crate::text;

/// What the rule shows.
#[derive(Debug, Clone, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
    now: f64,
    floor: f64,
    hard: f64,
    cut: Option<f64>,
    span: Option<(f64, f64)>,
}

impl Scale {
    fn of(site: &SiteSnapshot) -> Option<Self> {
        let now = site.reading.as_ref()?.value.battery.voltage.mean?;
        let state = site.state.as_ref()?;
        let limit = |name| state.limits.get(&name).map(|setting| setting.value);
        let (floor, hard) = (
            limit(LimitName::DischargeFloor)?,
            limit(LimitName::HardVoltage)?,
        );
        let is_protecting = state.mode == Mode::OverchargeProtection;
        let voltages = site
            .history
            .points()
            .filter_map(|point| point.means.get(BATTERY_VOLTAGE).copied().flatten());
        let span = voltages.fold(None, |span: Option<(f64, f64)>, voltage| {
            let (low, high) = span.unwrap_or((voltage, voltage));
            Some((low.min(voltage), high.max(voltage)))
        });
        // Whole half volts, with room beside each limit for its hatching.
        let low = ((floor.min(now) - 0.3) * 2.0).floor() / 2.0;
        let high = ((hard.max(now) + 0.3) * 2.0).ceil() / 2.0;
        Some(Self {
            low,
            high,
            now,
            floor,
            hard,
            cut: is_protecting
                .then(|| limit(LimitName::OverchargeCut))
                .flatten(),
            span,
        })
    }

    fn at(&self, volts: f64) -> f64 {
        ((volts - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn percent(&self, volts: f64) -> String {
        format::percent(self.at(volts))
    }

    fn width(&self, from: f64, to: f64) -> String {
        format::percent(self.at(to) - self.at(from))
    }

    /// Whole volts, without those under a limit's mark.
    fn ticks(&self) -> Vec<u32> {
        let marks = [Some(self.floor), Some(self.hard), self.cut];
        (self.low.ceil() as u32..=self.high as u32)
            .filter(|volts| {
                marks
                    .iter()
                    .flatten()
                    .all(|mark| (mark - f64::from(*volts)).abs() > 0.09)
            })
            .collect()
    }
}

/// The rule of a site.
#[component]
pub fn VoltageScale(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let scale = Memo::new(move |_| site.with(Scale::of));
    view! {
        {move || if_any(scale.get().map(|scale| {
            let language = context.language.get();
            let volts = |value: f64| format::number(value, 2, language);
            let label = text::scale::label(
                &format::quantity(scale.now, Unit::Volt, language),
                &format::quantity(scale.floor, Unit::Volt, language),
                &format::quantity(scale.hard, Unit::Volt, language),
                language,
            );
            let mark = |value: f64, name: String| view! {
                <i class="limit" style:--at=scale.percent(value)><b>{name}</b></i>
            }.into_any();
            let is_cut_apart = scale.cut.is_some_and(|cut| scale.at(scale.hard) - scale.at(cut) > 0.22);
            let ticks = scale.ticks().into_iter().map(|tick| view! {
                <span class="tick" style:--at=scale.percent(f64::from(tick))>{tick.to_string()}</span>
            }).collect_view();
            view! {
                <div class="scale" role="img" aria-label=label>
                    <div class="rail" style:--tenths=format::fixed((scale.high - scale.low) * 10.0, 0)>
                        <i class="zone" style:--at="0%" style:--width=scale.width(scale.low, scale.floor)></i>
                        <i
                            class="zone"
                            style:--at=scale.percent(scale.hard)
                            style:--width=scale.width(scale.hard, scale.high)
                        ></i>
                        {if_any(scale.span.map(|(low, high)| view! {
                            <i class="span" style:--at=scale.percent(low) style:--width=scale.width(low, high)></i>
                        }))}
                        {ticks}
                        {mark(scale.floor, text::scale::floor(&volts(scale.floor), language))}
                        {if_any(scale.cut.map(|cut| mark(cut, text::scale::cut(&volts(cut), language))))}
                        {if_any((scale.cut.is_none() || is_cut_apart)
                            .then(|| mark(scale.hard, text::scale::hard(&volts(scale.hard), language))))}
                        <i class="now" style:--at=scale.percent(scale.now)>
                            <b>{format::quantity(scale.now, Unit::Volt, language)}</b>
                        </i>
                    </div>
                </div>
            }
        }))}
    }
}
