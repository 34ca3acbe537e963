//! The limits in groups: value, bounds, default, who set each, and a way to set it anew.

mod editor;
mod row;

use leptos::prelude::*;
use releve_protocol::control::LimitName;

use crate::context::{Context, LiveSite};
use crate::format;
use crate::text::Word;

/// Limits that belong together, in the order of the page.
const GROUPS: [(Word, &[LimitName]); 4] = [
    (
        Word::LimitsCharging,
        &[
            LimitName::OverchargeCut,
            LimitName::ChargeResume,
            LimitName::ChargeStop,
            LimitName::HardVoltage,
        ],
    ),
    (
        Word::LimitsDischarge,
        &[
            LimitName::DischargeFloor,
            LimitName::ReserveRuntime,
            LimitName::DischargeDepth,
            LimitName::LongestDischarge,
        ],
    ),
    (
        Word::LimitsTemperature,
        &[
            LimitName::TemperatureWarn,
            LimitName::TemperatureLimit,
            LimitName::ChargeTemperatureMin,
        ],
    ),
    (
        Word::LimitsCycle,
        &[LimitName::DischargeStop, LimitName::TopUp],
    ),
];

/// Narrower windows begin with every group closed, its values in its title.
const OPEN_FROM_PIXELS: f64 = 720.0;

/// The plate with every limit of a site.
#[component]
pub fn LimitsPlate(site: LiveSite, #[prop(into)] blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    let is_open = width.is_none_or(|width| width >= OPEN_FROM_PIXELS);
    let group = move |(title, limits): (Word, &'static [LimitName])| {
        let values = move || values(context, site, limits);
        let row = |limit: &LimitName| view! { <row::LimitRow site limit=*limit blocked/> };
        view! {
            <details open=is_open>
                <summary>
                    <b>{context.word(title)}</b>
                    <small>{move || values()}</small>
                </summary>
                <ul class="limits">{limits.iter().map(row).collect_view()}</ul>
            </details>
        }
    };
    view! {
        <section class="plate order-last" aria-labelledby="limits-title">
            <header>
                <h2 id="limits-title">{context.word(Word::Limits)}</h2>
            </header>
            {GROUPS.map(group).into_iter().collect_view()}
        </section>
    }
}

/// The values of a group, for its title.
fn values(context: Context, site: LiveSite, limits: &[LimitName]) -> String {
    let language = context.language.get();
    site.with(|site| {
        let value = |limit: &LimitName| {
            let setting = site.state.as_ref()?.limits.get(limit)?;
            Some(format::measure(setting.value, limit.unit(), language))
        };
        limits
            .iter()
            .filter_map(value)
            .collect::<Vec<_>>()
            .join(" · ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_in_exactly_one_group() {
        let mut grouped: Vec<_> = GROUPS.iter().flat_map(|(_, limits)| *limits).collect();
        grouped.sort();
        assert_eq!(grouped, LimitName::ALL.iter().collect::<Vec<_>>());
    }
}
