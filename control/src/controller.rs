//! The controller: from samples and commands to the positions of the relays.
//!
//! This page is the specification; `docs/control.md` holds the numbers.
//!
//! # Terms
//! - A *step* takes the commands since the last one and, every three seconds, a *sample*: one raw
//!   measurement of every input. Each step ends with a position and a reason for every relay.
//! - A *window* is ten samples; its statistics are the *reading*. Modes decide on the mean of the
//!   last reading, interlocks on every raw sample.
//! - The *plain installation* is mains (relay 1) and charger (relay 2) closed: the site without this
//!   software. A *trip* is the sample, limit or silence that makes an interlock hold.
//!
//! # Order of precedence
//! The first that has something to say decides; each line is a [`crate::Rule`].
//!
//! | | charger (relay 2) | mains (relay 1) |
//! |---|---|---|
//! | 1 | heat → open | heat → closed |
//! | 2 | cold → open | cold → closed |
//! | 3 | thermal_runaway → open | thermal_runaway → closed |
//! | 4 | voltage_hard_limit → open | voltage_hard_limit → closed |
//! | 5 | data_lost → closed | data_lost → closed |
//! | 6 | floor → closed | floor → closed |
//! | 7 | reserve → closed | reserve → closed |
//! | 8 | on a common bus: discharge_depth → closed | discharge_depth → closed |
//! | 9 | on a common bus: longest_discharge → closed | longest_discharge → closed |
//! | 10 | on a common bus: critical_period → closed | critical_period → closed |
//! | 11 | | mains_lost → closed |
//! | 12 | manual → as the operator holds it | manual → as the operator holds it |
//! | 13 | full_charge → closed | |
//! | 14 | the mode; least_time or switching_budget → stays closed | the mode; least_time or switching_budget → stays closed |
//!
//! Relays 3 and 4 know one rule, hand_only: the last command stands.
//!
//! # States
//! The interlocks are independent latches; each is described in its own file. What they leave free:
//!
//! ```text
//!                         set/authority manual (relays held as they stand)
//!            ┌────────────────────────────────────────────────────────────┐
//!            │                                                            ▼
//!   ┌─ AUTOMATIC ────────────────────────────────┐              ┌─ MANUAL ────────────┐
//!   │                 set/mode                   │              │ set/relay moves     │
//!   │  OBSERVER ◄──────────────► OVERCHARGE      │              │ relays 1 and 2;     │
//!   │  both closed               PROTECTION      │              │ asked again, the    │
//!   │      ▲                     ▲               │              │ lease begins anew   │
//!   │      └──► CONSUMPTION ◄────┘               │              └─────────────────────┘
//!   │           CYCLE                            │                         │
//!   │                                            │                         │
//!   │  overcharge protection:                    │                         │
//!   │           mean > overcharge_cut            │                         │
//!   │        charging ───────────► cut           │                         │
//!   │  both closed  ◄───────────  charger open   │                         │
//!   │         mean < charge_resume, and          │                         │
//!   │         30 min after the cut               │                         │
//!   └────────────────────────────────────────────┘                         │
//!            ▲                                                             │
//!            └─────────────────────────────────────────────────────────────┘
//!                     set/authority automatic, or the end of the lease
//! ```
//!
//! The consumption cycle draws its own phases (`mode/consumption_cycle`). A mode begins anew
//! (overcharge protection: `charging`) whenever it gets relay 2 back from an interlock or the operator.
//! An interlock that closes a relay which the operator holds open takes it out of the hand.
//!
//! # Order within a step
//! 1. A lease that has ended ends.
//! 2. The sample is screened, held against the relays, and given to window and interlocks.
//! 3. The commands are heard in their order; a limit acts at once.
//! 4. The mode decides.
//! 5. Alarms are raised and cleared.
//! 6. Each relay gets its position and reason; edges are noted for verification.

mod blockers;
mod commands;
mod findings;
mod planning;
mod portrait;
mod restart;
mod watching;

use crate::alarms::Alarms;
use crate::averaging::Window;
use crate::clock::WallClock;
use crate::compensation::Thresholds;
use crate::current::battery_current;
use crate::decision::{Config, Decision, Inputs, StorageFault};
use crate::gauge::Gauge;
use crate::guards::Guards;
use crate::interlock::reserve::Reserve;
use crate::interlock::{Interlocks, Known};
use crate::latest::Latest;
use crate::level::Level;
use crate::limits::Limits;
use crate::manual::Manual;
use crate::mode::Plan;
use crate::mode::consumption_cycle::{ConsumptionCycle, CycleMemory};
use crate::over_range::OverRange;
use crate::plausibility::screen;
use crate::profile::Profile;
use crate::sample::{Measurement, Sample};
use crate::statistics::WindowStatistics;
use crate::switching::{Hold, Opener, Switching};
use crate::tare::Tare;
use crate::temperature_rise::TemperatureRise;
use crate::verdict::Verdict;
use crate::verification::Watch;
use crate::vocabulary::{
    AuthorityCause, Contact, Event, LimitName, MainsState, Mode, Phase, Reason, Rejection,
    RelayName, RelayState, Relays, Rule, Verification, Wiring,
};
use crate::weekly_plan::WeeklyPlan;
use crate::{Monotonic, UnixMillis};
use planning::News;

pub use restart::Restored;

/// The one that decides about relays.
#[derive(Debug, Clone)]
pub struct Controller {
    pub(crate) wiring: Wiring,
    pub(crate) profile: Profile,
    pub(crate) samples_per_window: u32,
    pub(crate) guards: Guards,
    pub(crate) temperature_compensation: bool,
    /// The limits as they are set, for 25 °C.
    pub(crate) limits: Limits,
    pub(crate) clock: WallClock,
    pub(crate) week: WeeklyPlan,
    /// The limits as they hold at the battery's temperature: derived in every step.
    pub(crate) thresholds: Thresholds,
    pub(crate) now: Monotonic,
    pub(crate) latest: Latest,
    pub(crate) window: Window,
    pub(crate) tare: Tare,
    pub(crate) gauge: Gauge,
    /// Mean battery voltage of the last window, V.
    pub(crate) mean: Option<Level>,
    /// Mean temperature of the last window that had one, °C.
    pub(crate) mean_celsius: Option<f64>,
    pub(crate) temperature_rise: TemperatureRise,
    pub(crate) over_range: OverRange,
    pub(crate) interlocks: Interlocks,
    pub(crate) plan: Plan,
    /// The phase of the cycle that events told last.
    pub(crate) phase_told: Option<Phase>,
    pub(crate) cycle_memory: CycleMemory,
    pub(crate) manual: Manual,
    pub(crate) switching: Switching,
    /// Whether the program had stopped while it held mains open, and nobody has acknowledged it.
    pub(crate) restarted_on_battery: bool,
    /// Whether the program restarts again and again, and nobody has acknowledged it.
    pub(crate) restart_loop: bool,
    /// What the shell says of its disk.
    pub(crate) storage_fault: Option<StorageFault>,
    pub(crate) relays: Relays<RelayState<Monotonic>>,
    pub(crate) watch: Watch,
    pub(crate) alarms: Alarms,
}

impl Controller {
    /// A controller at its start: automatic authority, observer mode, the plain installation.
    ///
    /// # Errors
    /// `wrong_value` or `contradiction` where the configuration cannot be followed; the reason names
    /// the entry and what it may be.
    pub fn new(config: Config, now: Monotonic) -> Result<Self, Rejection> {
        config.check()?;
        let window = Window::new(config.window, config.samples_per_window, now);
        let limits = Limits::configured(config.profile, &config.limits, now)?;
        let relays = Relays::from_fn(|_| RelayState {
            wanted: Contact::Closed,
            actual: None,
            verified: None,
            since: now,
            reason: Reason {
                rule: Rule::HandOnly,
                value: None,
                threshold: None,
                since: now,
                next: None,
            },
        });
        let latest = Latest::new(window.sample_interval());
        let gauge = Gauge::new(
            config.wiring,
            config.profile,
            config.capacity_ampere_hours,
            config.guards,
            latest.lost_after,
            now,
        );
        let thresholds = Thresholds::new(
            &limits,
            config.profile,
            config.temperature_compensation,
            None,
        );
        let mut controller = Self {
            interlocks: Interlocks::new(&config, now),
            wiring: config.wiring,
            profile: config.profile,
            samples_per_window: config.samples_per_window,
            guards: config.guards,
            temperature_compensation: config.temperature_compensation,
            limits,
            clock: WallClock::new(now),
            week: WeeklyPlan::default(),
            thresholds,
            now,
            latest,
            window,
            tare: Tare::default(),
            gauge,
            mean: None,
            mean_celsius: None,
            temperature_rise: TemperatureRise::new(config.window),
            over_range: OverRange::default(),
            plan: Plan::Observer,
            phase_told: None,
            cycle_memory: CycleMemory::default(),
            manual: Manual::default(),
            switching: Switching::default(),
            restarted_on_battery: false,
            restart_loop: false,
            storage_fault: None,
            relays,
            watch: Watch::default(),
            alarms: Alarms::default(),
        };
        // Nothing is measured yet, so this only gives each relay its first reason.
        controller.move_relays(now, &mut Vec::new());
        Ok(controller)
    }

    /// Takes in what happened since the last step, and decides.
    ///
    /// A `now` before that of the last step counts as that of the last step.
    pub fn step(&mut self, inputs: Inputs<'_>, now: Monotonic) -> Decision {
        let now = now.max(self.now);
        self.now = now;
        self.storage_fault = inputs.storage_fault;
        let mut events = Vec::new();
        self.end_lease(now, &mut events);
        let clock_jumped = self.look_at_the_clock(inputs.wall, now, &mut events);
        // Nothing behind this line meets what cannot be true.
        let sample = inputs.sample.map(screen);
        let reading = self.measure(sample.as_ref(), now, &mut events);
        let answers = inputs
            .commands
            .iter()
            .map(|command| self.obey(command, now, &mut events))
            .collect();
        let news = News {
            sample: sample.as_ref(),
            window: reading.as_deref(),
            clock_jumped,
        };
        self.follow_plan(news, now, &mut events);
        self.update_alarms(reading.is_some(), now, &mut events);
        self.move_relays(now, &mut events);
        // Only now: a phase whose opening is held back is none.
        self.tell_phase(now, &mut events);
        Decision {
            relays: self.wanted(),
            reading,
            events,
            answers,
        }
    }

    /// Whether the next sample may move relay 1 or 2 in the course of things: it ends a window by whose
    /// reading the mode may switch, a cycle waits for the moment of its discharge, or the battery is being
    /// discharged, which any sample can end.
    #[must_use]
    pub fn edge_may_come_with_next_sample(&self) -> bool {
        let switches = self.plan.mode() != Mode::Observer && self.manual.lease_end.is_none();
        let ends_window = self.window.sums.samples + 1 >= self.samples_per_window;
        let waits = (self.plan.cycle()).is_some_and(ConsumptionCycle::is_filling);
        switches && (ends_window || waits) || self.relays.mains.wanted == Contact::Open
    }

    fn end_lease(&mut self, now: Monotonic, events: &mut Vec<Event<Monotonic>>) {
        if self.manual.lease_end.is_some_and(|end| now >= end) {
            self.end_manual(AuthorityCause::LeaseEnded, events);
        }
    }

    /// Gives the screened sample, if there is one, to everything that looks at samples, and ends the window
    /// if its time has come.
    fn measure(
        &mut self,
        sample: Option<&Sample>,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Option<Box<WindowStatistics>> {
        let mut reading = self.window.end(now);
        if let Some(sample) = sample {
            self.take_in(sample, now, events);
            // Two windows end in one step only where a window is one sample; the first is then empty.
            reading = self.window.end(now).or(reading);
        }
        if let Some(window) = &reading {
            self.read(window, now, events);
        }
        self.judge_interlocks();
        reading
    }

    /// Takes in a window that has ended.
    fn read(
        &mut self,
        window: &WindowStatistics,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        self.mean = window.battery.voltage.mean_level();
        (self.interlocks.mains).window(&window.battery.voltage, self.connected(), self.profile);
        self.mean_celsius = window.temperature.mean.or(self.mean_celsius);
        self.temperature_rise.window(&window.temperature, now);
        self.derive_thresholds();
        self.interlocks.window(
            window,
            self.samples_per_window,
            self.relays.charger.wanted,
            &self.thresholds,
            now,
        );
        let charge_stop = self.thresholds.get(LimitName::ChargeStop);
        if let Some(by) = self.gauge.window(window, charge_stop, now) {
            events.push(Event::BatteryFull { by });
        }
        self.cycle_memory.charge_timed_out &= self.gauge.saturated_at() != Some(now);
    }

    /// Holds what is known against limits and clock.
    fn judge_interlocks(&mut self) {
        self.derive_thresholds();
        let known = Known {
            wiring: self.wiring,
            limits: &self.thresholds,
            guards: &self.guards,
            latest: &self.latest,
            gauge: &self.gauge,
            wanted: Relays::from_fn(|relay| self.relays[relay].wanted),
            now: self.now,
        };
        self.interlocks.judge(&known);
    }

    fn known(&self) -> Known<'_> {
        Known {
            wiring: self.wiring,
            limits: &self.thresholds,
            guards: &self.guards,
            latest: &self.latest,
            gauge: &self.gauge,
            wanted: self.wanted(),
            now: self.now,
        }
    }

    /// Follows the temperature. A single false sample must not move every threshold, so the mean of a
    /// window counts.
    fn derive_thresholds(&mut self) {
        let celsius = self.celsius_that_counts();
        if celsius != self.thresholds.celsius {
            self.derive_thresholds_anew();
        }
    }

    fn celsius_that_counts(&self) -> Option<f64> {
        (self.mean_celsius)
            .or_else(|| self.latest.celsius_figure())
            .filter(|_| !self.latest.celsius_lost(self.now))
    }

    /// Follows limits that have changed.
    fn derive_thresholds_anew(&mut self) {
        let celsius = self.celsius_that_counts();
        self.thresholds = Thresholds::new(
            &self.limits,
            self.profile,
            self.temperature_compensation,
            celsius,
        );
    }

    fn take_in(&mut self, sample: &Sample, now: Monotonic, events: &mut Vec<Event<Monotonic>>) {
        let wanted = self.wanted();
        if self.latest.volts.is_some() && self.latest.volts_lost(now) {
            // Nobody knows what the battery did meanwhile.
            self.gauge.not_watched();
        }
        self.latest.observe(sample, now);
        self.derive_thresholds();
        (self.interlocks.mains).sample(sample, self.connected(), self.profile);
        self.over_range.sample(sample);
        self.interlocks.sample(sample, &self.thresholds);
        self.verify(sample, &wanted, events);
        for relay in RelayName::ALL.iter().copied() {
            self.relays[relay].actual = sample.relays[relay];
        }
        let relay_1 = sample.relays.mains.unwrap_or(wanted.mains);
        let tared = Sample {
            charger_amperes: self.tare_charger(sample, wanted.charger),
            ..*sample
        };
        let amperes = battery_current(self.wiring, &tared, relay_1, self.mains());
        let capacity = self.gauge.capacity_ampere_hours;
        (self.interlocks.data_lost).sample(sample.battery_volts, amperes, capacity);
        self.window.add(sample, amperes);
        self.gauge.sample(amperes, self.connected(), now);
    }

    /// The charger's current without the sensor's offset, which is what an open relay 2 lets through.
    fn tare_charger(&mut self, sample: &Sample, relay_2: Contact) -> Measurement {
        let known_closed = sample.relays.charger == Some(Contact::Closed)
            || self.watch.verified(RelayName::Charger) == Some(Verification::Failed);
        let open = relay_2 == Contact::Open && !known_closed;
        self.tare.sample(sample.charger_amperes, open);
        self.tare.taken_off(sample.charger_amperes)
    }

    /// Takes in what the wall clock shows; whether it has jumped.
    fn look_at_the_clock(
        &mut self,
        wall: Option<UnixMillis>,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> bool {
        let jump = self.clock.observe(wall, now, self.guards.clock_jump);
        if let Some(seconds) = jump {
            self.week.clock_jumped();
            events.push(Event::ClockJumped { seconds });
        }
        self.week.observe(&self.clock);
        self.interlocks
            .critical_period
            .judge(&self.week, &self.clock);
        jump.is_some()
    }

    fn move_relays(&mut self, now: Monotonic, events: &mut Vec<Event<Monotonic>>) {
        let before = self.wanted();
        for relay in RelayName::ALL.iter().copied() {
            let verdict = self.verdict(relay, now);
            self.carry_out(relay, &verdict, now, events);
        }
        let wanted = self.wanted();
        self.interlocks.switched(&wanted, now);
        let discharged = self.discharged();
        for relay in RelayName::ALL.iter().copied() {
            if wanted[relay] != before[relay] {
                self.watch.edge(relay, &wanted, discharged);
                self.switching.edge(relay, wanted[relay], now);
            }
        }
    }

    /// The first rule that has something to say of the relay.
    fn verdict(&mut self, relay: RelayName, now: Monotonic) -> Verdict {
        if let Some(verdict) = self.interlocks.verdict(relay, &self.thresholds) {
            self.manual.overruled(relay, verdict.contact);
            return verdict;
        }
        if let Some(verdict) = self.manual.verdict(relay) {
            return verdict;
        }
        if let Some(verdict) = self.forced_full_charge(relay) {
            // What the mode had planned before says nothing of a battery that is then full.
            self.plan.held_back(now);
            return verdict;
        }
        let verdict = self.plan.verdict(relay, self.mean, &self.thresholds);
        let verdict = self.with_its_end(verdict);
        let opens =
            verdict.contact == Contact::Open && self.relays[relay].wanted == Contact::Closed;
        let held_back = opens.then(|| self.against_opening(relay, now)).flatten();
        if held_back.is_some() {
            self.plan.held_back(now);
        }
        held_back.unwrap_or(verdict)
    }

    /// What keeps a mode from opening a closed relay.
    fn against_opening(&self, relay: RelayName, now: Monotonic) -> Option<Verdict> {
        Reserve::against_opening(relay, &self.known()).or_else(|| {
            let hold = self.switching.hold(relay, Opener::Mode, &self.guards, now);
            hold.map(Hold::verdict)
        })
    }

    fn carry_out(
        &mut self,
        relay: RelayName,
        verdict: &Verdict,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let state = &mut self.relays[relay];
        if state.reason.rule == verdict.rule {
            state.reason.next = verdict.next;
        } else {
            state.reason = Reason {
                rule: verdict.rule,
                value: verdict.value,
                threshold: verdict.threshold,
                since: now,
                next: verdict.next,
            };
        }
        if state.wanted != verdict.contact {
            state.wanted = verdict.contact;
            state.since = now;
            events.push(Event::RelaySwitched {
                relay,
                contact: verdict.contact,
                reason: state.reason,
            });
        }
    }

    fn wanted(&self) -> Relays<Contact> {
        Relays::from_fn(|relay| self.relays[relay].wanted)
    }

    fn samples_overdue(&self) -> bool {
        self.latest.too_old(self.latest.sample_at, self.now)
    }

    fn mains(&self) -> MainsState {
        if self.samples_overdue() {
            MainsState::Unknown
        } else {
            self.interlocks.mains.state
        }
    }
}
