//! The gauge: how full the battery is, and how long it can carry the load.
//!
//! It counts from one full charge to the next (`counting`), tells a full charge from windows (`full`),
//! and puts both against the load of the last window (`runtime`). Without a configured capacity
//! nothing is counted; whether the battery was full, by time, is still known.

pub mod counting;
pub(crate) mod full;
pub mod runtime;

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Monotonic;
use crate::current::FLOW_AMPERES;
use crate::guards::Guards;
use crate::level::{Level, rounded};
use crate::profile::Profile;
use crate::sample::Measurement;
use crate::statistics::WindowStatistics;
use crate::vocabulary::{ChargeState, FullBy, Wiring};
use counting::Counting;
use full::{Criteria, FullWatch};

/// Part of the capacity that must have been missing before a full battery is news again.
pub const NEWS_AFTER_FRACTION: f64 = 0.02;
/// Time after which a full battery is news again in any case.
pub const NEWS_AFTER: Duration = Duration::from_hours(24);
/// How much later than due a full charge is overdue: it is forced when due, and takes its time.
pub const OVERDUE_AFTER: Duration = Duration::from_hours(24);

/// The battery's charge, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauge {
    pub(crate) wiring: Wiring,
    pub(crate) profile: Profile,
    pub(crate) capacity_ampere_hours: Option<f64>,
    pub(crate) guards: Guards,
    /// The longest time for which one sample stands.
    pub(crate) longest_sample: Duration,
    pub(crate) counting: Counting,
    pub(crate) watch: FullWatch,
    /// How and when the battery was last seen full.
    pub(crate) last_full: Option<(FullBy, Monotonic)>,
    /// When it was last seen full for so long that it takes no more worth waiting for.
    pub(crate) saturated_at: Option<Monotonic>,
    /// Since when nobody has seen it as full as that: the last time, or the first start.
    pub(crate) without_full_since: Monotonic,
    /// When it was last told that it is full.
    pub(crate) told_at: Option<Monotonic>,
    /// Whether enough was missing since to tell it again.
    pub(crate) drained: bool,
    /// Mean load current of the last window, A.
    pub(crate) load: Option<Level>,
    /// Mean battery current of the last window, A.
    pub(crate) battery_amperes: Option<f64>,
}

/// What a gauge must not forget while the program does not run. Times are lengths: no clock is needed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaugeMemory {
    /// Charge missing, Ah; `None` where it was not known.
    pub missing_ah: Option<f64>,
    /// How long in all the current was unknown since the last full charge.
    pub unmeasured: Duration,
    /// How the battery was last seen full; `None` if never.
    pub full_by: Option<FullBy>,
    /// How long ago that was.
    pub full: Option<Duration>,
    /// Whether it was full for so long that it took no more.
    pub saturated: bool,
    /// How long ago it was full for so long that it took no more, or the first start if never.
    pub without_full: Duration,
}

/// How long the battery can carry the present load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Runtime {
    pub(crate) time: Duration,
    /// The load is beyond its sensor's range: the battery lasts that long at most.
    pub(crate) at_most: bool,
}

impl Runtime {
    pub(crate) fn minutes(self) -> f64 {
        self.time.as_secs_f64() / 60.0
    }

    /// The runtime itself; `None` where only its bound is known, which a reader would take for it.
    pub(crate) fn exact(self) -> Option<Self> {
        (!self.at_most).then_some(self)
    }
}

impl Gauge {
    pub(crate) fn new(
        wiring: Wiring,
        profile: Profile,
        capacity_ampere_hours: Option<f64>,
        guards: Guards,
        longest_sample: Duration,
        now: Monotonic,
    ) -> Self {
        Self {
            wiring,
            profile,
            capacity_ampere_hours,
            guards,
            longest_sample,
            counting: Counting::default(),
            watch: FullWatch::default(),
            last_full: None,
            saturated_at: None,
            without_full_since: now,
            told_at: None,
            drained: false,
            load: None,
            battery_amperes: None,
        }
    }

    /// Takes in the battery's current in a sample; `connected` if mains and charger were closed.
    pub(crate) fn sample(&mut self, battery: Measurement, connected: bool, now: Monotonic) {
        if !connected {
            self.watch.interrupt();
        }
        let Some(capacity) = self.capacity_ampere_hours else {
            return;
        };
        self.counting.sample(battery, self.longest_sample, now);
        let news = NEWS_AFTER_FRACTION * capacity;
        self.drained |= self.missing_ah().is_some_and(|missing| missing > news);
    }

    /// The battery's voltage was not known for a while: what charged it before charges it no longer, as
    /// far as anybody can tell.
    pub(crate) fn not_watched(&mut self) {
        self.watch.interrupt();
    }

    /// Takes in a window that has ended; the battery is full if the mean voltage stays above
    /// `charge_stop_volts` long enough. Tells how, where that is news.
    pub(crate) fn window(
        &mut self,
        window: &WindowStatistics,
        charge_stop_volts: f64,
        now: Monotonic,
    ) -> Option<FullBy> {
        self.load = window.load.current.mean_level();
        self.battery_amperes = window.battery.current.mean;
        let criteria = Criteria {
            wiring: self.wiring,
            charge_stop_volts,
            tail_amperes: self.tail_amperes(),
        };
        let by = self.watch.window(window, &criteria, &self.guards, now)?;
        self.last_full = Some((by, now));
        if self.watch.is_saturated(&self.guards, now) {
            self.saturated_at = Some(now);
            self.without_full_since = now;
        }
        if self.capacity_ampere_hours.is_some() {
            self.counting.begin_at_full();
        }
        let news = self.drained || self.told_at.is_none_or(|at| now.since(at) >= NEWS_AFTER);
        self.drained = false;
        news.then(|| {
            self.told_at = Some(now);
            by
        })
    }

    /// When the battery was last seen full for so long that it takes no more worth waiting for.
    pub(crate) fn saturated_at(&self) -> Option<Monotonic> {
        self.saturated_at
    }

    /// When that will be, if the battery is full now and stays so.
    pub(crate) fn saturates_at(&self) -> Option<Monotonic> {
        self.watch.saturates_at(&self.guards)
    }

    /// Charge missing since the battery was last full, Ah.
    pub(crate) fn missing_ah(&self) -> Option<f64> {
        self.counting.missing_ampere_hours
    }

    /// Charge missing, in percent of the capacity.
    pub(crate) fn depth_percent(&self) -> Option<f64> {
        Some(100.0 * self.missing_ah()? / self.capacity_ampere_hours?)
    }

    /// How long the battery can carry the load of the last window.
    pub(crate) fn runtime(&self) -> Option<Runtime> {
        let capacity = self.capacity_ampere_hours?;
        let state_of_charge = 1.0 - self.missing_ah()? / capacity;
        let (load, at_most) = match self.load? {
            Level::Exactly(load) => (load, false),
            Level::AtLeast(load) => (load, true),
        };
        Some(Runtime {
            time: runtime::runtime(self.profile, capacity, load, state_of_charge),
            at_most,
        })
    }

    /// How long the battery could carry the load of the last window from that state of charge on.
    pub(crate) fn runtime_at(&self, state_of_charge: f64) -> Option<Duration> {
        let (Level::Exactly(load) | Level::AtLeast(load)) = self.load?;
        let capacity = self.capacity_ampere_hours?;
        Some(runtime::runtime(
            self.profile,
            capacity,
            load,
            state_of_charge,
        ))
    }

    /// How the last window showed a full battery, if it did.
    pub(crate) fn full_now(&self) -> Option<FullBy> {
        self.watch.full
    }

    /// Whether the mean current of the last window discharged the battery beyond doubt.
    pub(crate) fn discharging(&self) -> bool {
        let least = self.tail_amperes().unwrap_or(FLOW_AMPERES);
        self.battery_amperes.is_some_and(|amperes| amperes < -least)
    }

    /// When a full charge is due; `None` where none is ever forced.
    pub(crate) fn full_charge_due(&self) -> Option<Monotonic> {
        let every = self.guards.full_charge_every?;
        Some(self.without_full_since.after(every))
    }

    /// Whether a full charge was due long enough ago to have succeeded.
    pub(crate) fn full_charge_overdue(&self, now: Monotonic) -> bool {
        self.full_charge_due()
            .is_some_and(|due| now >= due.after(OVERDUE_AFTER))
    }

    /// What users see of it.
    pub(crate) fn state(&self) -> ChargeState<Monotonic> {
        let full = |depth: f64| rounded((100.0 - depth).clamp(0.0, 100.0));
        ChargeState {
            capacity_ah: self.capacity_ampere_hours,
            missing_ah: self.missing_ah().map(rounded),
            state_of_charge: self.depth_percent().map(full),
            full_at: self.last_full.map(|(_, at)| at),
            full_by: self.last_full.map(|(by, _)| by),
            full_charge_due: self.full_charge_due(),
            runtime_s: (self.runtime().and_then(Runtime::exact))
                .map(|runtime| rounded(runtime.time.as_secs_f64())),
        }
    }

    /// What must not be forgotten.
    #[must_use]
    pub fn memory(&self, now: Monotonic) -> GaugeMemory {
        GaugeMemory {
            missing_ah: self.missing_ah(),
            unmeasured: self.counting.unmeasured,
            full_by: self.last_full.map(|(by, _)| by),
            full: self.last_full.map(|(_, at)| now.since(at)),
            saturated: self.saturated_at.is_some(),
            without_full: now.since(self.without_full_since),
        }
    }

    /// Takes over what an earlier gauge of the same battery knew, `down` ago; `None`: nobody knows how long
    /// ago.
    ///
    /// Nobody measured meanwhile, so after a long or unknown time the count is not known, and after an
    /// unknown time neither is a full battery.
    pub fn restore(&mut self, memory: &GaugeMemory, down: Option<Duration>, now: Monotonic) {
        self.counting.missing_ampere_hours = self
            .capacity_ampere_hours
            .and(memory.missing_ah)
            .filter(|missing| missing.is_finite() && *missing >= 0.0);
        self.counting.unmeasured = memory.unmeasured;
        self.counting.lose(down.unwrap_or(Duration::MAX));
        let at_least = down.unwrap_or_default();
        self.without_full_since = now.before(memory.without_full.saturating_add(at_least));
        let full_at = (memory.full).map(|ago| now.before(ago.saturating_add(at_least)));
        self.last_full = memory.full_by.zip(full_at);
        self.saturated_at = (memory.saturated && down.is_some()).then_some(self.without_full_since);
        self.told_at = self.last_full.map(|(_, at)| at);
    }

    fn tail_amperes(&self) -> Option<f64> {
        Some(self.guards.tail_fraction? * self.capacity_ampere_hours?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const HOUR: Duration = Duration::from_hours(1);

    fn gauge(now: Monotonic) -> Gauge {
        Gauge::new(
            Wiring::CommonBus,
            Profile::Agm,
            Some(100.0),
            Guards::default(),
            Duration::from_secs(9),
            now,
        )
    }

    /// Seen full a day ago; 12 Ah are missing since.
    fn used() -> (Gauge, Monotonic) {
        let now = Monotonic::START.after(100 * HOUR);
        let mut used = gauge(Monotonic::START);
        used.counting.begin_at_full();
        used.counting.missing_ampere_hours = Some(12.0);
        used.without_full_since = now.before(24 * HOUR);
        used.last_full = Some((FullBy::TailCurrent, now.before(24 * HOUR)));
        used.counting.lose(4 * MINUTE);
        (used, now)
    }

    fn restored(memory: &GaugeMemory, down: Duration) -> Gauge {
        let mut restored = gauge(Monotonic::START);
        restored.restore(memory, Some(down), Monotonic::START);
        restored
    }

    #[test]
    fn a_short_restart_forgets_nothing() {
        let (used, now) = used();
        let restored = restored(&used.memory(now), 6 * MINUTE);
        let full_at = Monotonic::START.before(24 * HOUR + 6 * MINUTE);
        assert_eq!(restored.missing_ah(), Some(12.0));
        assert_eq!(restored.last_full, Some((FullBy::TailCurrent, full_at)));
        assert_eq!(
            restored.full_charge_due(),
            Some(full_at.after(7 * 24 * HOUR))
        );
        assert_eq!(restored.counting.unmeasured, 10 * MINUTE);
    }

    #[test]
    fn after_a_long_time_down_the_count_is_not_known() {
        let (used, now) = used();
        let restored = restored(&used.memory(now), 6 * MINUTE + Duration::from_millis(1));
        assert_eq!(restored.missing_ah(), None);
        assert_eq!(
            restored.last_full.map(|(by, _)| by),
            Some(FullBy::TailCurrent)
        );
    }

    #[test]
    fn restarts_do_not_put_off_the_first_full_charge() {
        let first = gauge(Monotonic::START);
        let memory = first.memory(Monotonic::START.after(100 * HOUR));
        let second = restored(&memory, 20 * HOUR);
        let due = Monotonic::START.before(120 * HOUR).after(7 * 24 * HOUR);
        assert_eq!(second.full_charge_due(), Some(due));
        assert!(!second.full_charge_overdue(due.after(24 * HOUR).before(MINUTE)));
        assert!(second.full_charge_overdue(due.after(24 * HOUR)));
    }

    #[test]
    fn a_memory_that_makes_no_sense_is_no_count() {
        let (used, now) = used();
        for missing in [f64::NAN, f64::INFINITY, -0.1] {
            let memory = GaugeMemory {
                missing_ah: Some(missing),
                ..used.memory(now)
            };
            assert_eq!(restored(&memory, MINUTE).missing_ah(), None, "{missing}");
        }
    }
}
