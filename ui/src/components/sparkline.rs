//! The last minutes of one quantity as a line.

use leptos::prelude::*;
use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::Unit;

use crate::context::{Context, SiteSnapshot};
use crate::fleet::Freshness;
use crate::format;
use crate::plot::{self, Sparkline};

/// The finest scale that a sparkline uses: below it, noise would look like an event.
const fn least_range(unit: Unit) -> f64 {
    match unit {
        Unit::Volt => 0.4,
        Unit::Ampere => 0.5,
        Unit::Watt => 5.0,
        Unit::DegreeCelsius => 2.0,
        Unit::Percent | Unit::Minute => 10.0,
    }
}

/// The line of a quantity, by its place in the catalog. A silent site's line ends before its edge.
pub fn draw(context: Context, site: &SiteSnapshot, index: usize) -> Sparkline {
    let points = site
        .history
        .points()
        .map(|point| (point.at_ms, point.means.get(index).copied().flatten()));
    let Some(newest_ms) = site.history.points().next_back().map(|point| point.at_ms) else {
        return Sparkline::default();
    };
    let is_silent = context.age(site).freshness == Freshness::Silent;
    let end_ms = if is_silent {
        // At most half of the width is hatched, so that the last values stay in sight.
        let reached_ms = newest_ms - site.history.points().next().map_or(newest_ms, |p| p.at_ms);
        let longest_ms = reached_ms.max(600_000.0);
        let silent_ms = site.site_time_ms(context.now_ms.get()).unwrap_or(newest_ms) - newest_ms;
        newest_ms + silent_ms.clamp(0.0, longest_ms)
    } else {
        newest_ms
    };
    let unit = QUANTITIES
        .get(index)
        .map_or(Unit::Volt, |quantity| quantity.unit);
    let window_ms = site.window_s() * 1000.0;
    plot::sparkline(points, end_ms, window_ms, least_range(unit))
}

/// A sparkline; `index` is the quantity's place in the catalog.
#[component]
pub fn SparklineView(
    drawn: Memo<Sparkline>,
    #[prop(default = "charge")] color: &'static str,
) -> impl IntoView {
    let holes = move || {
        drawn
            .get()
            .holes
            .into_iter()
            .map(|hole| {
                view! {
                    <i
                        class="gap"
                        style:--at=format::percent(hole.from)
                        style:--width=format::percent(hole.width)
                    ></i>
                }
            })
            .collect_view()
            .into_any()
    };
    view! {
        <div class="spark" data-color=color aria-hidden="true">
            <svg viewBox=plot::VIEW_BOX preserveAspectRatio="none">
                <path d=move || drawn.with(|drawn| drawn.line.clone())/>
            </svg>
            {move || holes()}
        </div>
    }
}
