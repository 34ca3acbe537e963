//! The calendar asked step after step.

use std::ops::Range;
use std::sync::Arc;

use super::timetable::Timetable;
use super::{Calendar, Moment};
use crate::UnixMillis;

/// A place on a calendar, which looks things up only when something changes there.
///
/// It is right after any jump of the clock and any change of the calendar. While neither happens a
/// day is laid out once, and between two edges of periods an answer costs a comparison.
#[derive(Debug, Clone, Default)]
pub struct Cursor {
    place: Option<Place>,
}

#[derive(Debug, Clone)]
struct Place {
    table: Arc<Timetable>,
    /// While it is as `moment` says.
    during: Range<UnixMillis>,
    moment: Moment,
}

impl Cursor {
    /// What a moment is on the calendar: the same as [`Calendar::at`].
    pub fn at(&mut self, calendar: &Calendar, moment: UnixMillis) -> Moment {
        if let Some(place) = &self.place
            && place.during.contains(&moment)
            && place.table.is_of(calendar)
        {
            return place.moment;
        }
        self.place = self.go_to(calendar, moment);
        self.place
            .as_ref()
            .map_or_else(Moment::default, |place| place.moment)
    }

    fn go_to(&mut self, calendar: &Calendar, moment: UnixMillis) -> Option<Place> {
        let today = self.place.take().map(|place| place.table);
        let table = match today.filter(|table| table.is_of(calendar) && table.covers(moment)) {
            Some(table) => table,
            None => Arc::new(Timetable::around(calendar, moment)?),
        };
        Some(Place {
            during: table.unchanged_around(moment),
            moment: table.at(moment),
            table,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::tests::{EVERY_DAY, calendar, period};

    const HOUR: i64 = 60 * 60 * 1000;

    #[test]
    fn a_day_is_laid_out_once_and_looked_at_from_edge_to_edge() {
        let plan = calendar(
            "UTC",
            &[period(EVERY_DAY, "08:00", "18:00")],
            &[period(EVERY_DAY, "20:00", "22:00")],
        );
        let mut cursor = Cursor::default();
        let mut place_at = |hour: i64| {
            cursor.at(&plan, UnixMillis(hour * HOUR));
            cursor.place.clone().expect("it is on a clock")
        };
        let hours = |place: &Place| [place.during.start.0 / HOUR, place.during.end.0 / HOUR];
        let morning = place_at(8);
        assert_eq!(hours(&morning), [8, 18]);
        let evening = place_at(21);
        assert_eq!(hours(&evening), [20, 22]);
        assert!(Arc::ptr_eq(&morning.table, &evening.table));
        assert_eq!(hours(&place_at(23)), [22, 24]);
        let next_day = place_at(24);
        assert_eq!(hours(&next_day), [24, 32]);
        assert!(!Arc::ptr_eq(&morning.table, &next_day.table));
    }
}
