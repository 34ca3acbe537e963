//! A picture of the week: a lane a day, a bar a period, now and the next cycle as marks.

use leptos::prelude::*;
use releve_protocol::control::{Period, Schedule, Weekday};

use crate::clock;
use crate::context::{Context, LiveSite};
use crate::format;
use crate::text::{self, Word};
use crate::weekly_plan::{Bar, Draft, Kind, bars, periods};

const MINUTES_A_DAY: f64 = 24.0 * 60.0;
const WEEK_MS: f64 = 7.0 * 86_400_000.0;

/// The picture of the schedule, or of what is being made of it.
#[component]
pub fn Week(
    site: LiveSite,
    schedule: Memo<Option<Schedule>>,
    draft: RwSignal<Option<Draft>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let list = move |kind: Kind| -> Vec<Period> {
        let drawn = draft.with(|draft| draft.as_ref().map(|draft| draft.periods(kind)));
        drawn.unwrap_or_else(|| {
            schedule.with(|schedule| {
                schedule
                    .as_ref()
                    .map_or_else(Vec::new, |schedule| periods(schedule, kind).to_vec())
            })
        })
    };
    let marks = Memo::new(move |_| marks(context, site));
    let lane = move |day: Weekday| {
        view! {
            <div class="day">
                <small>{move || text::schedule::day(day, context.language.get())}</small>
                <div class="lane">
                    {move || lane(day as usize, list, &marks.get())}
                </div>
            </div>
        }
    };
    view! {
        <div
            class="week"
            role="img"
            aria-label=context.word(Word::WeekPicture)
            hidden=move || Kind::ALL.iter().all(|kind| list(*kind).is_empty())
        >
            <div class="hours">
                {["00", "06", "12", "18", "24"].map(|hour| view! { <span>{hour}</span> }).into_iter().collect_view()}
            </div>
            {Weekday::ALL.iter().map(|day| lane(*day)).collect_view()}
        </div>
        <ul class="legend">
            {Kind::ALL.map(|kind| view! {
                <li data-kind=kind.name() data-testid=format!("week-{}", kind.name()) hidden=move || list(kind).is_empty()>
                    {move || text::schedule::list(kind, &list(kind), context.language.get())}
                </li>
            }).into_iter().collect_view()}
            <li data-kind="next" hidden=move || marks.with(|marks| marks[1].is_none())>
                {context.word(Word::NextCycleMark)}
            </li>
        </ul>
    }
}

/// Now and the next cycle, if it is within a week, on the clock of the schedule's zone; to the minute,
/// so that the picture is not made anew every second.
fn marks(context: Context, site: LiveSite) -> [Option<(usize, u32)>; 2] {
    site.with(|site| {
        let Some(state) = site.state.as_ref() else {
            return [None, None];
        };
        let Some(schedule) = &state.schedule else {
            return [None, None];
        };
        let now_ms = context.speaker(site).site_now_ms;
        let next = state.cycle.next.at.map(|at| at.as_unix_millis() as f64);
        let next = next.filter(|next| (now_ms..now_ms + WEEK_MS).contains(next));
        let place = |at_ms| clock::minute_of_week(at_ms, &schedule.time_zone);
        [place(now_ms), next.and_then(place)]
    })
}

fn lane(
    day: usize,
    list: impl Fn(Kind) -> Vec<Period>,
    marks: &[Option<(usize, u32)>; 2],
) -> Vec<AnyView> {
    let mut drawn = Vec::new();
    for kind in Kind::ALL {
        for bar in bars(&list(kind)).iter().filter(|bar| bar.day == day) {
            drawn.push(bar_view(kind.name(), *bar));
        }
    }
    for (name, mark) in ["now", "next"].iter().zip(marks) {
        if let Some((_, from)) = mark.filter(|(of, _)| *of == day) {
            drawn.push(bar_view(
                name,
                Bar {
                    day,
                    from,
                    to: from,
                },
            ));
        }
    }
    drawn
}

fn bar_view(kind: &'static str, bar: Bar) -> AnyView {
    let percent = |minutes: u32| format::percent(f64::from(minutes) / MINUTES_A_DAY);
    view! {
        <i data-kind=kind style:--at=percent(bar.from) style:--width=percent(bar.to - bar.from)></i>
    }
    .into_any()
}
