use proptest::prelude::*;
use releve_protocol::control::AlarmName;

use super::*;
use crate::alerts::condition::RuleName;
use crate::samples;

const HOLD: Duration = Duration::from_mins(2);

fn at(second: i64) -> Timestamp {
    samples::later(samples::alarm_raised().at, second * 1000)
}

fn rule() -> Key {
    Key {
        node: Some(samples::node()),
        alert: AlertName::Rule(RuleName::NodeSilent),
    }
}

fn alarm() -> Key {
    Key {
        node: Some(samples::node()),
        alert: AlertName::Alarm(AlarmName::RelayFault),
    }
}

fn condition(since: i64) -> Condition {
    Condition {
        severity: Severity::Warning,
        since: at(since),
        value: None,
        threshold: None,
        cause: None,
        acknowledged: false,
    }
}

fn holds(since: i64) -> Standing {
    Standing::Holds(condition(since))
}

fn over(second: i64) -> Standing {
    Standing::Over(Ended {
        at: at(second),
        value: None,
        threshold: None,
    })
}

/// Episodes in virtual time: seconds from the beginning.
#[derive(Default)]
struct Story {
    episodes: Episodes,
    silences: Silences,
}

impl Story {
    /// The rule says that; what is told then.
    fn rule(&mut self, second: i64, standing: Standing) -> Vec<Kind> {
        self.episodes.observe(&rule(), standing, HOLD, at(second));
        self.tell(second)
    }

    /// The alarm moved; what is told then.
    fn alarm(&mut self, second: i64, standing: Standing) -> Vec<Kind> {
        (self.episodes).observe(&alarm(), standing, Duration::ZERO, at(second));
        self.tell(second)
    }

    fn tell(&mut self, second: i64) -> Vec<Kind> {
        let pace = Pace::default();
        let notices = self.episodes.due(pace, &self.silences, at(second));
        notices.into_iter().map(|notice| notice.kind).collect()
    }
}

#[test]
fn what_holds_for_too_short_a_time_is_not_told() {
    let mut story = Story::default();
    assert_eq!(story.rule(0, holds(0)), []);
    assert_eq!(story.rule(119, holds(0)), []);
    assert_eq!(story.rule(121, over(121)), []);
    assert_eq!(story.rule(122, holds(122)), []);
    assert_eq!(story.rule(242, holds(122)), [Kind::Begun]);
    assert_eq!(story.rule(250, holds(122)), []);
}

#[test]
fn an_end_is_told_once_it_held() {
    let mut story = Story::default();
    assert_eq!(story.alarm(0, holds(0)), [Kind::Begun]);
    assert_eq!(story.alarm(60, over(60)), []);
    assert_eq!(story.tell(359), []);
    assert_eq!(story.tell(360), [Kind::Ended]);
    assert_eq!(story.tell(10_000), []);
}

#[test]
fn a_rise_within_the_settle_time_continues_the_episode() {
    let mut story = Story::default();
    assert_eq!(story.alarm(0, holds(0)), [Kind::Begun]);
    assert_eq!(story.alarm(60, over(60)), []);
    assert_eq!(story.alarm(120, holds(120)), []);
    assert_eq!(story.tell(1_000), []);
    assert_eq!(story.alarm(1_060, over(1_060)), []);
    assert_eq!(story.tell(1_360), [Kind::Ended]);
}

#[test]
fn what_comes_and_goes_is_told_so_once_and_then_ends_late() {
    let mut story = Story::default();
    let mut told = Vec::new();
    for minute in (0..20).step_by(2) {
        told.extend(story.alarm(minute * 60, holds(minute * 60)));
        told.extend(story.alarm(minute * 60 + 30, over(minute * 60 + 30)));
    }
    assert_eq!(told, [Kind::Begun, Kind::Flapping]);
    let last = 18 * 60 + 30;
    assert_eq!(story.tell(last + 3_599), []);
    assert_eq!(story.tell(last + 3_600), [Kind::Ended]);
}

#[test]
fn episodes_that_follow_one_another_are_damped_too() {
    let mut story = Story::default();
    let mut told = Vec::new();
    for ten_minutes in 0..12 {
        let begin = ten_minutes * 600;
        told.extend(story.alarm(begin, holds(begin)));
        told.extend(story.alarm(begin + 60, over(begin + 60)));
        told.extend(story.tell(begin + 400));
    }
    let expected = [
        Kind::Begun,
        Kind::Ended,
        Kind::Begun,
        Kind::Ended,
        Kind::Begun,
        Kind::Ended,
        // The fourth rise says of itself that it comes and goes.
        Kind::Begun,
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_day_brings_a_reminder_until_it_is_acknowledged() {
    let mut story = Story::default();
    let day = 86_400;
    assert_eq!(story.alarm(0, holds(0)), [Kind::Begun]);
    assert_eq!(story.tell(day - 1), []);
    assert_eq!(story.tell(day), [Kind::Reminder]);
    assert_eq!(story.tell(day + 1), []);
    assert_eq!(story.tell(2 * day), [Kind::Reminder]);
    story.episodes.acknowledge(&alarm());
    assert_eq!(story.tell(4 * day), []);
    assert_eq!(story.alarm(5 * day, over(5 * day)), []);
    assert_eq!(story.tell(5 * day + 300), [Kind::Ended]);
}

#[test]
fn another_cause_is_news() {
    let mut story = Story::default();
    let caused = |since, cause| {
        Standing::Holds(Condition {
            cause: Some(cause),
            ..condition(since)
        })
    };
    assert_eq!(
        story.alarm(0, caused(0, Cause::ReadBackDiffers)),
        [Kind::Begun]
    );
    // Cleared and raised anew in one breath.
    story
        .episodes
        .observe(&alarm(), over(60), Duration::ZERO, at(60));
    assert_eq!(
        story.alarm(60, caused(60, Cause::ChargerWelded)),
        [Kind::Changed]
    );
    story
        .episodes
        .observe(&alarm(), over(70), Duration::ZERO, at(70));
    assert_eq!(story.alarm(70, caused(70, Cause::ReadBackDiffers)), []);
}

#[test]
fn an_alarm_that_came_and_went_between_two_looks_is_told() {
    let mut story = Story::default();
    let now = at(100);
    story
        .episodes
        .observe(&alarm(), holds(0), Duration::ZERO, now);
    assert_eq!(story.alarm(100, over(55)), [Kind::Begun]);
    assert_eq!(story.tell(400), [Kind::Ended]);
}

#[test]
fn while_nobody_can_tell_nothing_begins_and_nothing_ends() {
    let mut story = Story::default();
    assert_eq!(story.rule(0, holds(0)), []);
    assert_eq!(story.rule(100, Standing::Unknown), []);
    // The wait begins anew.
    assert_eq!(story.rule(110, holds(0)), []);
    assert_eq!(story.rule(229, holds(0)), []);
    assert_eq!(story.rule(230, holds(0)), [Kind::Begun]);
    assert_eq!(story.rule(300, over(300)), []);
    assert_eq!(story.rule(400, Standing::Unknown), []);
    assert_eq!(story.rule(700, over(700)), []);
    assert_eq!(story.rule(999, over(700)), []);
    assert_eq!(story.rule(1_000, over(700)), [Kind::Ended]);
}

#[test]
fn in_a_silence_nothing_is_told_and_afterwards_what_still_matters() {
    let until = at(1_000);
    let silence = super::super::silences::Silence {
        node: samples::node(),
        until,
    };
    let mut story = Story {
        silences: [silence].into_iter().collect(),
        ..Story::default()
    };
    // Came and went.
    assert_eq!(story.rule(0, holds(0)), []);
    assert_eq!(story.rule(130, holds(0)), []);
    assert_eq!(story.rule(140, over(140)), []);
    // Came and stayed.
    assert_eq!(story.alarm(500, holds(500)), []);
    assert_eq!(story.tell(999), []);
    assert_eq!(story.tell(1_000), [Kind::Begun]);
}

#[test]
fn a_removed_node_is_forgotten() {
    let mut story = Story::default();
    assert_eq!(story.alarm(0, holds(0)), [Kind::Begun]);
    story.episodes.forget(&samples::node());
    assert_eq!(story.tell(1_000_000), []);
    assert_eq!(story.episodes, Episodes::default());
}

#[test]
fn a_recipient_is_told_from_a_severity_on() {
    let mut episodes = Episodes::default();
    episodes.observe(&alarm(), holds(0), Duration::ZERO, at(0));
    let notices = episodes.due(Pace::default(), &Silences::default(), at(0));
    assert!(concerns(&notices[0], Severity::Info));
    assert!(concerns(&notices[0], Severity::Warning));
    assert!(!concerns(&notices[0], Severity::Critical));
}

/// One step of a random history: seconds since the last one, what is said, and whether the bridge restarts.
type Step = (i64, u8, bool);

/// What is told of a history; with restarts where the steps say so, or without any.
fn play(steps: &[Step], restarts: bool) -> Vec<Notice> {
    let mut episodes = Episodes::default();
    let mut notices = Vec::new();
    let mut now = 0;
    for (wait, said, restart) in steps {
        now += wait;
        if *restart && restarts {
            let saved = serde_json::to_string(&episodes).expect("JSON");
            episodes = serde_json::from_str(&saved).expect("what was written");
        }
        match said % 6 {
            0 => episodes.observe(&alarm(), holds(now), Duration::ZERO, at(now)),
            1 => episodes.observe(&alarm(), over(now), Duration::ZERO, at(now)),
            2 => episodes.acknowledge(&alarm()),
            3 => episodes.observe(&rule(), holds(now), HOLD, at(now)),
            4 => episodes.observe(&rule(), over(now), HOLD, at(now)),
            _ => episodes.observe(&rule(), Standing::Unknown, HOLD, at(now)),
        }
        notices.extend(episodes.due(Pace::default(), &Silences::default(), at(now)));
    }
    notices
}

/// A history that ends with everything over for long.
fn ended(mut steps: Vec<Step>) -> Vec<Step> {
    steps.extend([(1, 1, false), (1, 4, false), (7_200, 4, false)]);
    steps
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Proptest prints the history that fails, and its seed.
    #[test]
    fn every_episode_is_told_from_its_begin_to_its_end_once(
        steps in prop::collection::vec((0_i64..4_000, any::<u8>(), any::<bool>()), 0..120),
    ) {
        let notices = play(&ended(steps), true);
        let mut names: Vec<_> = notices.iter().map(Notice::name).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), notices.len(), "told twice");
        let mut episodes: BTreeMap<(Key, Timestamp), Vec<&Notice>> = BTreeMap::new();
        for notice in &notices {
            episodes.entry((notice.key.clone(), notice.episode)).or_default().push(notice);
        }
        for told in episodes.values() {
            let numbers = told.iter().map(|notice| notice.number);
            prop_assert!(numbers.eq(1..=told.len() as u32));
            let of_kind = |kind| told.iter().filter(move |notice| notice.kind == kind).count();
            prop_assert_eq!(told[0].kind, Kind::Begun);
            prop_assert_eq!(of_kind(Kind::Begun), 1);
            prop_assert_eq!(of_kind(Kind::Ended), 1);
            prop_assert_eq!(told[told.len() - 1].kind, Kind::Ended);
            prop_assert!(of_kind(Kind::Flapping) <= 1);
        }
    }

    #[test]
    fn restarts_change_nothing(
        steps in prop::collection::vec((0_i64..4_000, any::<u8>(), any::<bool>()), 0..120),
    ) {
        prop_assert_eq!(play(&steps, true), play(&steps, false));
    }

    /// Whatever was before: what then holds for long enough is told of, unless it is already.
    #[test]
    fn nothing_is_lost(
        mut steps in prop::collection::vec((0_i64..4_000, any::<u8>(), any::<bool>()), 0..60),
    ) {
        steps.extend([(1, 0, false), (1, 3, false), (120, 3, true)]);
        let notices = play(&steps, true);
        for key in [alarm(), rule()] {
            let last = notices.iter().rfind(|notice| notice.key == key);
            let is_open = last.is_some_and(|notice| notice.kind != Kind::Ended);
            prop_assert!(is_open, "{:?}: {:?}", key, last);
        }
    }
}
