//! How old a site's values are, and what that says of the site.

use releve_protocol::Availability;

use super::site::{Received, Site};
use releve_protocol::Reading;

/// Windows after which a reading is late, and after which the site counts as silent.
const LATE_WINDOWS: f64 = 1.3;
const SILENT_WINDOWS: f64 = 3.0;
/// No delay below these tells anything: a network may take that long. They matter to accelerated
/// sites alone, whose windows last less than a second.
const LATE_AT_LEAST_MS: f64 = 5_000.0;
const SILENT_AT_LEAST_MS: f64 = 10_000.0;
/// A live reading is at most this old; a stamp further away means that the clocks disagree.
const CLOCKS_AGREE_WITHIN_MS: f64 = 60_000.0;

/// How far values can be taken as the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// They are those of the last window.
    Live,
    /// The next ones are overdue, or this page is cut off.
    Late,
    /// The site does not answer.
    Silent,
}

impl Freshness {
    /// The name in the page's attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Late => "late",
            Self::Silent => "silent",
        }
    }
}

/// How old a site's values are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Age {
    /// What that says of the site.
    pub freshness: Freshness,
    /// Real time since the last reading, in seconds; none before the first one.
    pub seconds: Option<f64>,
}

impl Site {
    /// How old the site's values are. `cut_off_since_ms` is when this page lost its own connection:
    /// from then on silence says nothing about the site.
    pub fn age(&self, now_ms: f64, cut_off_since_ms: Option<f64>) -> Age {
        let measured_ms = self
            .reading
            .as_ref()
            .map(|reading| self.measured_at_ms(reading));
        let judged_ms = cut_off_since_ms.map_or(now_ms, |since| since.min(now_ms));
        let freshness = self.judge(measured_ms.map(|at| judged_ms - at));
        let freshness = match cut_off_since_ms {
            Some(_) => freshness.max(Freshness::Late),
            None => freshness,
        };
        Age {
            freshness,
            seconds: measured_ms.map(|at| ((now_ms - at) / 1000.0).max(0.0)),
        }
    }

    fn judge(&self, age_ms: Option<f64>) -> Freshness {
        if self.availability == Some(Availability::Offline) {
            return Freshness::Silent;
        }
        let window_ms = self.window_s() / self.speed() * 1000.0;
        match age_ms {
            None if self.availability.is_some() => Freshness::Late,
            None => Freshness::Silent,
            Some(age) if age > (SILENT_WINDOWS * window_ms).max(SILENT_AT_LEAST_MS) => {
                Freshness::Silent
            }
            Some(age) if age > (LATE_WINDOWS * window_ms).max(LATE_AT_LEAST_MS) => Freshness::Late,
            Some(_) => Freshness::Live,
        }
    }

    /// The real moment of a reading: its stamp where the site's clock runs like ours, else its
    /// receipt. A kept message has only its stamp.
    fn measured_at_ms(&self, reading: &Received<Reading>) -> f64 {
        let stamped_ms = self.real_time_ms(reading.value.at);
        if reading.is_retained {
            return stamped_ms.min(reading.at_ms);
        }
        let runs_like_ours = (self.speed() - 1.0).abs() < 1e-9;
        if runs_like_ours && !self.clocks_disagree() {
            stamped_ms.min(reading.at_ms)
        } else {
            reading.at_ms
        }
    }

    /// Whether the stamp of the last live reading lies far from its receipt, at normal speed: this
    /// device's clock or the site's is wrong.
    pub fn clocks_disagree(&self) -> bool {
        let runs_like_ours = (self.speed() - 1.0).abs() < 1e-9;
        runs_like_ours
            && self.reading.as_ref().is_some_and(|reading| {
                let difference_ms = self.real_time_ms(reading.value.at) - reading.at_ms;
                !reading.is_retained && difference_ms.abs() > CLOCKS_AGREE_WITHIN_MS
            })
    }
}
