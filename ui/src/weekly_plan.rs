//! The weekly plan while a person edits it, and as bars on a picture of the week.
//!
//! Pure. Whether a time zone exists and a cycle could ever start is for the site to judge; where its
//! refusal names a field, that field is found again here.

use releve_protocol::control::{Period, RejectCode, Schedule, Weekday};

/// Most days between the starts of two cycles, as the site takes them.
const EVERY_DAYS_MAX: u32 = 365;
const MINUTES_A_DAY: u32 = 24 * 60;

/// One of the two lists of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// When a cycle may run by itself.
    Allowed,
    /// When the site must stay on mains.
    Critical,
}

impl Kind {
    /// Both, in the order of the page.
    pub const ALL: [Self; 2] = [Self::Allowed, Self::Critical];

    /// The name in the contract and in the page's attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Critical => "critical",
        }
    }
}

/// A part of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The days on which it begins.
    Days,
    /// When it begins.
    From,
    /// When it ends.
    To,
}

/// A field of a schedule in which something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The time zone.
    TimeZone,
    /// The days between two cycles.
    EveryDays,
    /// A part of a period, by its place in its list.
    Period(Kind, usize, Part),
    /// A list that is too long.
    Count(Kind),
    /// The windows and the critical periods together: no cycle could ever start.
    Together,
}

impl Field {
    /// The field that the site's refusal of a schedule names first.
    pub fn refused(code: Option<RejectCode>, reason: &str) -> Option<Self> {
        if code == Some(RejectCode::Contradiction) {
            return Some(Self::Together);
        }
        let name = reason.split(' ').next()?;
        match name {
            "time_zone" => return Some(Self::TimeZone),
            "cycle_every_days" => return Some(Self::EveryDays),
            _ => {}
        }
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| name.starts_with(kind.name()))?;
        let rest = &name[kind.name().len()..];
        if rest.is_empty() {
            return Some(Self::Count(kind));
        }
        let (index, part) = rest.strip_prefix('[')?.split_once("].")?;
        let part = match part {
            "days" => Part::Days,
            "from" => Part::From,
            "to" => Part::To,
            _ => return None,
        };
        Some(Self::Period(kind, index.parse().ok()?, part))
    }
}

/// A period that is being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Tells it from every other one of the draft, wherever it moves.
    pub key: u32,
    /// In which list it stands.
    pub kind: Kind,
    /// Whether it begins on that day, Monday first.
    pub days: [bool; 7],
    /// Time of day as typed: `22:30`, `7:00`, `22h30`, `2230`, `22`.
    pub from: String,
    /// The same; not after `from` means the next day.
    pub to: String,
}

impl Window {
    /// What of it can be read; a time that cannot is left as it was typed.
    fn period(&self) -> Period {
        let days = Weekday::ALL.iter().zip(self.days);
        let time = |typed: &String| minutes(typed).map_or_else(|| typed.clone(), time_of_day);
        Period {
            days: days.filter(|(_, on)| *on).map(|(day, _)| *day).collect(),
            from: time(&self.from),
            to: time(&self.to),
        }
    }

    /// Whether it ends on the day after it began.
    pub fn ends_next_day(&self) -> bool {
        minutes(&self.from)
            .zip(minutes(&self.to))
            .is_some_and(|(from, to)| to <= from)
    }
}

/// A schedule that is being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// As typed.
    pub time_zone: String,
    /// As typed.
    pub every_days: String,
    /// Both lists, each in its own order.
    pub windows: Vec<Window>,
    next_key: u32,
}

impl Draft {
    /// The schedule in force; without one, the zone of this device and a window on weekend nights.
    pub fn of(schedule: Option<&Schedule>, zone_here: &str) -> Self {
        let mut draft = Self {
            time_zone: schedule.map_or(zone_here, |s| &s.time_zone).to_owned(),
            every_days: schedule.map_or(30, |s| s.cycle_every_days).to_string(),
            windows: Vec::new(),
            next_key: 0,
        };
        match schedule {
            Some(schedule) => {
                for kind in Kind::ALL {
                    for period in periods(schedule, kind) {
                        draft.push(kind, days_of(period), &period.from, &period.to);
                    }
                }
            }
            None => {
                let weekend = [false, false, false, false, false, true, true];
                draft.push(Kind::Allowed, weekend, "22:00", "06:00");
            }
        }
        draft
    }

    /// Adds a period of every day.
    pub fn add(&mut self, kind: Kind) {
        self.push(kind, [true; 7], "08:00", "18:00");
    }

    fn push(&mut self, kind: Kind, days: [bool; 7], from: &str, to: &str) {
        self.windows.push(Window {
            key: self.next_key,
            kind,
            days,
            from: from.to_owned(),
            to: to.to_owned(),
        });
        self.next_key += 1;
    }

    /// Removes a period.
    pub fn remove(&mut self, key: u32) {
        self.windows.retain(|window| window.key != key);
    }

    /// The place of a period in its list.
    pub fn place(&self, key: u32) -> Option<(Kind, usize)> {
        let kind = self.windows.iter().find(|window| window.key == key)?.kind;
        let index = self.of_kind(kind).position(|window| window.key == key)?;
        Some((kind, index))
    }

    /// A list as it is drawn while it is edited; what cannot be read yet draws nothing.
    pub fn periods(&self, kind: Kind) -> Vec<Period> {
        self.of_kind(kind).map(Window::period).collect()
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Window> {
        self.windows
            .iter()
            .filter(move |window| window.kind == kind)
    }

    /// The schedule to be sent, or the first field in which something is wrong.
    pub fn schedule(&self) -> Result<Schedule, Field> {
        let time_zone = self.time_zone.trim();
        if time_zone.is_empty() {
            return Err(Field::TimeZone);
        }
        let every_days = self.every_days.trim().parse().ok();
        let every_days = every_days.filter(|days| (1..=EVERY_DAYS_MAX).contains(days));
        Ok(Schedule {
            time_zone: time_zone.to_owned(),
            cycle_every_days: every_days.ok_or(Field::EveryDays)?,
            allowed: self.written(Kind::Allowed)?,
            critical: self.written(Kind::Critical)?,
        })
    }

    fn written(&self, kind: Kind) -> Result<Vec<Period>, Field> {
        let numbered = self.of_kind(kind).enumerate();
        numbered
            .map(|(index, window)| {
                let wrong = |part| Err(Field::Period(kind, index, part));
                if minutes(&window.from).is_none_or(|from| from == MINUTES_A_DAY) {
                    return wrong(Part::From);
                }
                if minutes(&window.to).is_none() {
                    return wrong(Part::To);
                }
                let period = window.period();
                if period.days.is_empty() {
                    return wrong(Part::Days);
                }
                Ok(period)
            })
            .collect()
    }
}

/// One of the two lists.
pub fn periods(schedule: &Schedule, kind: Kind) -> &[Period] {
    match kind {
        Kind::Allowed => &schedule.allowed,
        Kind::Critical => &schedule.critical,
    }
}

fn days_of(period: &Period) -> [bool; 7] {
    let mut days = [false; 7];
    for day in &period.days {
        days[*day as usize] = true;
    }
    days
}

/// A period's part of one day, in minutes after its midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Monday is 0.
    pub day: usize,
    /// Where it begins.
    pub from: u32,
    /// Where it ends, at most 1440.
    pub to: u32,
}

/// The bars of a list on the picture of a week: what runs over midnight is two of them.
pub fn bars(periods: &[Period]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for period in periods {
        let (Some(from), Some(to)) = (minutes(&period.from), minutes(&period.to)) else {
            continue;
        };
        for day in period.days.iter().map(|day| *day as usize) {
            if to > from {
                bars.push(Bar { day, from, to });
                continue;
            }
            bars.push(Bar {
                day,
                from,
                to: MINUTES_A_DAY,
            });
            if to > 0 {
                let day = (day + 1) % 7;
                bars.push(Bar { day, from: 0, to });
            }
        }
    }
    bars
}

/// Minutes after midnight of a time as people type it, 24:00 included.
fn minutes(typed: &str) -> Option<u32> {
    let typed = typed.trim();
    let (hours, minutes) = match typed.split_once([':', 'h', 'H', '.']) {
        Some((hours, "")) => (hours, "00"),
        Some(parts) => parts,
        None if typed.is_ascii() && typed.len() > 2 => typed.split_at(typed.len() - 2),
        None => (typed, "00"),
    };
    let [hours, minutes] = [hours, minutes].map(|part| match part.len() {
        1 | 2 => part.parse::<u32>().ok(),
        _ => None,
    });
    let (hours, minutes) = (hours?, minutes?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= MINUTES_A_DAY).then_some(all)
}

/// `HH:MM`, as the site takes it.
fn time_of_day(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> Schedule {
        let text = include_str!("../../protocol/golden/state-cycle.json");
        let state: releve_protocol::State = releve_protocol::decode(text.as_bytes()).unwrap();
        state.schedule.unwrap()
    }

    #[test]
    fn a_draft_that_nobody_touched_is_the_schedule_itself() {
        let schedule = golden();
        assert_eq!(
            Draft::of(Some(&schedule), "Asia/Tokyo").schedule(),
            Ok(schedule)
        );
    }

    #[test]
    fn a_new_schedule_begins_with_this_devices_zone() {
        let draft = Draft::of(None, "Asia/Tokyo");
        let schedule = draft.schedule().unwrap();
        assert_eq!(schedule.time_zone, "Asia/Tokyo");
        assert_eq!(schedule.allowed.len(), 1);
    }

    #[test]
    fn times_are_read_as_people_type_them() {
        for typed in ["22:30", " 22h30 ", "2230", "22.30", "22H30"] {
            assert_eq!(
                minutes(typed).map(time_of_day),
                Some("22:30".to_owned()),
                "{typed}"
            );
        }
        for (typed, meant) in [
            ("7", "07:00"),
            ("7h", "07:00"),
            ("730", "07:30"),
            ("24", "24:00"),
        ] {
            assert_eq!(
                minutes(typed).map(time_of_day),
                Some(meant.to_owned()),
                "{typed}"
            );
        }
        for wrong in [
            "", ":", "h", "22:60", "24:01", "25", "22:3a", "2:300", "22222", "é:00", "-1:00",
        ] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn midnight_at_a_days_end_is_no_time_to_begin() {
        let mut schedule = golden();
        schedule.allowed[0].to = "24:00".to_owned();
        let mut draft = Draft::of(Some(&schedule), "");
        assert_eq!(draft.schedule().unwrap().allowed[0].to, "24:00");
        let saturday = Bar {
            day: 5,
            from: 22 * 60,
            to: 1440,
        };
        assert_eq!(bars(&schedule.allowed)[0], saturday);
        draft.windows[0].from = "24:00".to_owned();
        let from = Field::Period(Kind::Allowed, 0, Part::From);
        assert_eq!(draft.schedule(), Err(from));
    }

    #[test]
    fn the_first_wrong_field_is_named() {
        let mut draft = Draft::of(Some(&golden()), "");
        draft.windows[1].days = [false; 7];
        let days = Field::Period(Kind::Critical, 0, Part::Days);
        assert_eq!(draft.schedule(), Err(days));
        draft.windows[0].from = String::new();
        let from = Field::Period(Kind::Allowed, 0, Part::From);
        assert_eq!(draft.schedule(), Err(from));
        draft.every_days = "0".to_owned();
        assert_eq!(draft.schedule(), Err(Field::EveryDays));
        draft.time_zone = " ".to_owned();
        assert_eq!(draft.schedule(), Err(Field::TimeZone));
    }

    #[test]
    fn periods_keep_their_keys_when_others_go() {
        let mut draft = Draft::of(Some(&golden()), "");
        draft.add(Kind::Critical);
        let added = draft.windows[2].key;
        assert_eq!(draft.place(added), Some((Kind::Critical, 1)));
        draft.remove(draft.windows[1].key);
        assert_eq!(draft.place(added), Some((Kind::Critical, 0)));
    }

    #[test]
    fn a_night_is_two_bars() {
        let bars = bars(&golden().allowed);
        let bar = |day, from, to| Bar { day, from, to };
        assert_eq!(bars[..2], [bar(5, 1320, 1440), bar(6, 0, 300)]);
        // Sunday's night ends on Monday.
        assert_eq!(bars[3], bar(0, 0, 300));
    }

    #[test]
    fn the_sites_refusals_are_put_to_their_fields() {
        let refused = |reason| Field::refused(Some(RejectCode::WrongValue), reason);
        assert_eq!(refused("time_zone must be a name"), Some(Field::TimeZone));
        assert_eq!(refused("cycle_every_days must lie"), Some(Field::EveryDays));
        assert_eq!(
            refused("critical[12].from must be a time of day"),
            Some(Field::Period(Kind::Critical, 12, Part::From))
        );
        assert_eq!(
            refused("allowed must have at most 32 entries"),
            Some(Field::Count(Kind::Allowed))
        );
        assert_eq!(refused("Nothing of the kind."), None);
        let together = Field::refused(Some(RejectCode::Contradiction), "Every allowed …");
        assert_eq!(together, Some(Field::Together));
    }
}
