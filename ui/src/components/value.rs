//! A number with its unit, or a dash where it is not known.

use leptos::prelude::*;
use releve_protocol::Reading;
use releve_protocol::control::Unit;
use releve_protocol::control::statistics::{Quality, Statistics};

use crate::context::{Context, LiveSite};
use crate::format;
use crate::text::Word;

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Only a negative number carries it.
    Negative,
    /// Every number carries it, because its direction matters.
    Always,
}

/// A statistic's mean as text without its unit; a bound is marked as such.
pub fn mean_text(
    context: Context,
    statistics: Option<&Statistics>,
    unit: Unit,
    sign: Sign,
) -> String {
    let language = context.language.get();
    let Some(statistics) = statistics else {
        return format::UNKNOWN.to_owned();
    };
    let Some(mean) = statistics.mean else {
        return format::UNKNOWN.to_owned();
    };
    let number = match sign {
        Sign::Negative => format::number(mean, format::decimals(unit), language),
        Sign::Always => format::signed(mean, format::decimals(unit), language),
    };
    match statistics.quality {
        Quality::OverRange => format!("≥{}{number}", format::NO_BREAK_SPACE),
        _ => number,
    }
}

/// What `≥` means, for those who do not see it.
pub fn quality_hint(context: Context, statistics: Option<&Statistics>) -> Option<&'static str> {
    statistics
        .filter(|statistics| statistics.quality == Quality::OverRange)
        .map(|_| context.say(Word::AtLeast))
}

/// A quantity of the last window.
#[component]
pub fn Value(
    site: LiveSite,
    of: fn(&Reading) -> &Statistics,
    unit: Unit,
    #[prop(default = Sign::Negative)] sign: Sign,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] test_id: Option<&'static str>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let statistics = move || {
        site.with(|site| {
            let reading = site.reading.as_ref();
            reading.map(|reading| *of(&reading.value))
        })
    };
    let text = move || mean_text(context, statistics().as_ref(), unit, sign);
    let hint = move || quality_hint(context, statistics().as_ref());
    view! {
        <span class=format!("q {class}") title=move || hint() data-testid=test_id>
            {move || text()}
            <small>{unit.name()}</small>
        </span>
    }
}
