//! Whatever happens to a site for a week: what is true of its battery, not only what is measured.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use releve_control::decision::Decision;
use releve_control::profile::Profile;
use releve_control::{
    AlarmName, AuthorityRequest, Command, Contact, CycleRequest, Event, LimitName, Mode, Phase,
    RelayName, Relays, Rule, UnixMillis, Weekday, Wiring,
};
use releve_plant::battery::{BatteryParameters, StateOfHealth};
use releve_plant::{Fault, FaultRate, FaultScript, FaultSpan, PlantConfig, SensorName, Truth};

use crate::schedules::nightly;
use crate::site::*;

/// Simulated time of a case.
const LENGTH: Duration = Duration::from_hours(7 * 24);
/// How many times as often as at a harsh site things go wrong: some fifteen faults in the week.
const FAULTS: f64 = 25.0;
/// A sensor that is dead for so long has been missed: three samples and the one that is under way.
const DEAD_AFTER: Duration = Duration::from_secs(12);
/// Error of the thermometer (±0.8 K, an eighth, noise), K.
const THERMOMETER_KELVINS: f64 = 1.1;
/// Error of input 1 (0.2 %, a step, noise), V.
const VOLTMETER_VOLTS: f64 = 0.05;

/// The greatest error of a wall clock, s. The week begins on 1 January: with any of them it is winter time.
const CLOCK_ERROR_SECONDS: i64 = 3 * 24 * 3600;
/// The longest time without the program, in samples.
const LONGEST_STOP: u32 = 1200;

/// The interlocks that open a charger, at any time.
const OPENS_THE_CHARGER: [Rule; 4] = [
    Rule::Heat,
    Rule::Cold,
    Rule::ThermalRunaway,
    Rule::VoltageHardLimit,
];

/// A site, the orders that it gets and what goes wrong there.
#[derive(Debug, Clone)]
struct Case {
    plant: PlantConfig,
    seed: u64,
    orders: Vec<(Duration, Command)>,
    mishaps: Vec<(Duration, Mishap)>,
}

/// What befalls the program.
#[derive(Debug, Clone, Copy)]
enum Mishap {
    /// It stops without a word and begins anew after that time.
    Restart(Duration),
    /// Its clock is set to something that is off by so many seconds, or it is not set any more.
    Clock(Option<i64>),
}

fn plants() -> impl Strategy<Value = PlantConfig> {
    let presets = PlantConfig::presets().map(|(_, preset)| preset).to_vec();
    (
        proptest::sample::select(presets),
        any::<bool>(),
        0.2..=1.0,
        0.3..=1.0,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(preset, other_wiring, charge, health, sensed, copetti)| {
            let swapped = match preset.wiring {
                Wiring::CommonBus => Wiring::BatteryLead,
                Wiring::BatteryLead => Wiring::CommonBus,
            };
            let lead = preset.battery.profile == Profile::Agm;
            let battery = match (copetti && lead, preset.battery.rated_ampere_hours) {
                (true, capacity) => BatteryParameters::copetti(capacity),
                (false, _) => preset.battery,
            };
            PlantConfig {
                wiring: if other_wiring { swapped } else { preset.wiring },
                initial_state_of_charge: charge,
                mains_sense_fitted: sensed,
                battery: battery.aged(StateOfHealth::new(health)),
                ..preset
            }
        })
}

fn commands() -> impl Strategy<Value = Command> {
    let relays = proptest::sample::select(RelayName::ALL.to_vec());
    let contacts = prop_oneof![Just(Contact::Open), Just(Contact::Closed)];
    let limits = proptest::sample::select(LimitName::ALL.to_vec());
    let alarms = proptest::sample::select(AlarmName::ALL.to_vec());
    let critical_days = proptest::sample::subsequence(Weekday::ALL.to_vec(), 1..=7);
    prop_oneof![
        3 => proptest::sample::select(Mode::ALL.to_vec()).prop_map(Command::Mode),
        2 => (1..720_u64).prop_map(|minutes| by_hand(Duration::from_mins(minutes))),
        1 => Just(Command::Authority(AuthorityRequest::Automatic)),
        4 => (relays, contacts).prop_map(|(relay, contact)| Command::Relay(relay, contact)),
        2 => (limits, -1.0..60.0).prop_map(|(limit, value)| Command::Limit(limit, value)),
        3 => proptest::sample::select(CycleRequest::ALL.to_vec()).prop_map(Command::Cycle),
        1 => critical_days.prop_map(|days| Command::Schedule(Some(nightly("Europe/Zurich", &days)))),
        3 => alarms.prop_map(Command::Acknowledge),
    ]
}

/// An operator takes the site for hours and opens a relay; he closes it and opens it again within
/// seconds.
fn manoeuvre() -> impl Strategy<Value = Vec<(Duration, Command)>> {
    let relay = proptest::sample::select(vec![RelayName::Mains, RelayName::Charger]);
    (0..LENGTH.as_secs(), relay, 0..14_400_u64, 0..60_u64).prop_map(
        |(from, relay, open_for, pause)| {
            let after = |seconds: u64| Duration::from_secs(from + seconds);
            vec![
                (after(0), by_hand(12 * HOUR)),
                (after(0), open(relay)),
                (after(open_for), close(relay)),
                (after(open_for + pause), open(relay)),
            ]
        },
    )
}

/// An operator wants a cycle: he acknowledges what stands against it.
fn cycle() -> impl Strategy<Value = Vec<(Duration, Command)>> {
    (0..LENGTH.as_secs()).prop_map(|second| {
        let acknowledged = [AlarmName::RestartOnBattery, AlarmName::CycleAborted];
        let mut orders = vec![
            Command::Authority(AuthorityRequest::Automatic),
            mode(Mode::ConsumptionCycle),
        ];
        orders.extend(acknowledged.map(Command::Acknowledge));
        orders.push(start_cycle());
        let moment = Duration::from_secs(second);
        orders.into_iter().map(|order| (moment, order)).collect()
    })
}

fn mishaps() -> impl Strategy<Value = Vec<(Duration, Mishap)>> {
    let stop = (1..=LONGEST_STOP).prop_map(|samples| Mishap::Restart(samples * 3 * SECOND));
    let error = prop_oneof![-60..60_i64, -CLOCK_ERROR_SECONDS..CLOCK_ERROR_SECONDS];
    let mishap = prop_oneof![
        3 => stop,
        2 => error.prop_map(|seconds| Mishap::Clock(Some(seconds))),
        1 => Just(Mishap::Clock(None)),
    ];
    let until = LENGTH - LONGEST_STOP * 3 * SECOND;
    let moment = (0..until.as_secs()).prop_map(Duration::from_secs);
    proptest::collection::vec((moment, mishap), 0..8).prop_map(|mut mishaps| {
        mishaps.sort_by_key(|(moment, _)| *moment);
        mishaps
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let order = (0..LENGTH.as_secs(), commands())
        .prop_map(|(second, command)| vec![(Duration::from_secs(second), command)]);
    let orders = prop_oneof![6 => order, 3 => manoeuvre(), 2 => cycle()];
    (
        plants(),
        any::<u64>(),
        proptest::collection::vec(orders, 0..60),
        mishaps(),
    )
        .prop_map(|(plant, seed, orders, mishaps)| Case {
            plant,
            seed,
            orders: orders.concat(),
            mishaps,
        })
}

/// What goes wrong at that site, by the plant's own generator.
fn script(seed: u64) -> FaultScript {
    let rates: Vec<FaultRate> = (FaultRate::harsh_site().into_iter())
        .map(|rate| rate.times(FAULTS))
        .collect();
    FaultScript::random(&rates, LENGTH, seed)
}

/// What is held against every step.
struct Watch {
    wiring: Wiring,
    spans: Vec<FaultSpan>,
    /// Since when each relay stands as it does, where the controller moved it.
    moved: [Option<Duration>; 2],
    /// Samples in a row with the battery below its floor, nothing in the way of a charge.
    below_floor: u32,
    /// Samples in a row with the battery too hot and the charger closed.
    hot: u32,
    /// The limits in force, in their units.
    floor_volts: f64,
    limit_celsius: f64,
    /// The days with a critical period, if there is a schedule.
    critical_days: Option<Vec<Weekday>>,
    /// Samples in critical periods.
    critical: u32,
}

impl Watch {
    fn new(case: &Case, spans: &[FaultSpan], site: &Site) -> Self {
        let mut watch = Self {
            wiring: case.plant.wiring,
            spans: spans.to_vec(),
            moved: [None; 2],
            below_floor: 0,
            hot: 0,
            floor_volts: 0.0,
            limit_celsius: 0.0,
            critical_days: None,
            critical: 0,
        };
        watch.look_at_limits(site);
        watch
    }

    fn look_at_limits(&mut self, site: &Site) {
        let limits = site.controller.view().limits;
        let value = |limit: LimitName| limits[limit as usize].1.value;
        self.floor_volts = value(LimitName::DischargeFloor);
        self.limit_celsius = value(LimitName::TemperatureLimit);
    }

    /// The program has begun anew: what was open is closed, but for what an interlock holds.
    fn restarted(&mut self, site: &Site) {
        self.moved = [Some(site.elapsed()); 2];
        (self.below_floor, self.hot) = (0, 0);
        self.look_at_limits(site);
    }

    fn is_faulty(&self, now: Duration, of: impl Fn(&Fault) -> bool) -> bool {
        let present = |span: &&FaultSpan| {
            span.from <= now && span.until.is_none_or(|until| now <= until + MINUTE)
        };
        self.spans
            .iter()
            .filter(present)
            .any(|span| of(&span.fault))
    }

    /// Whether a measurement that the controller relies on is not the truth.
    fn misled(&self, now: Duration) -> bool {
        self.is_faulty(now, |fault| {
            matches!(
                fault,
                Fault::SensorStuck(_)
                    | Fault::SensorLost(_)
                    | Fault::SensorOutOfRange(_)
                    | Fault::SensorOverRange(_)
                    | Fault::InputOffset { .. }
                    | Fault::ThermometerAtPowerOnValue
            )
        })
    }

    /// Whether a sensor without which nothing may be done has given nothing for long.
    fn dead(&self, now: Duration) -> bool {
        let dead = |fault: &Fault| {
            use SensorName::{Battery, Thermometer};
            matches!(
                fault,
                Fault::SensorLost(Battery | Thermometer)
                    | Fault::SensorOutOfRange(Battery | Thermometer)
            )
        };
        (self.spans.iter()).any(|span| {
            let until = span.until.unwrap_or(LENGTH);
            dead(&span.fault) && span.from + DEAD_AFTER <= now && now < until
        })
    }

    fn step(&mut self, site: &Site, decision: &Decision) {
        let (now, truth) = (site.elapsed(), site.plant.truth());
        if decision
            .events
            .iter()
            .any(|event| matches!(event, Event::LimitChanged { .. }))
        {
            self.look_at_limits(site);
        }
        for event in &decision.events {
            if let Event::ScheduleChanged { to } = event {
                let critical = to.as_ref().map(|schedule| &schedule.critical);
                self.critical_days = critical.map(|periods| periods[0].days.clone());
            }
        }
        finite(&truth);
        self.critical_periods_close_mains(site, decision);
        self.dead_sensors_close_mains(now, decision);
        self.heat_opens_the_charger(site, &truth, decision);
        self.floor_closes_everything(site, &truth, decision);
        self.least_times(site, decision);
    }

    fn dead_sensors_close_mains(&self, now: Duration, decision: &Decision) {
        if self.dead(now) {
            assert_eq!(
                decision.relays.mains,
                Contact::Closed,
                "nobody knows the battery"
            );
        }
    }

    /// In a critical period, and where nobody can tell that it is none, the battery does not carry the load.
    fn critical_periods_close_mains(&mut self, site: &Site, decision: &Decision) {
        let Some(days) = &self.critical_days else {
            return;
        };
        if !site.wall().is_none_or(|wall| is_critical(wall, days)) {
            return;
        }
        self.critical += 1;
        let Relays { mains, charger, .. } = decision.relays;
        assert_eq!(mains, Contact::Closed, "a critical period");
        assert!(
            self.wiring == Wiring::BatteryLead
                || charger == Contact::Closed
                || OPENS_THE_CHARGER.contains(&site.rule(RelayName::Charger)),
            "a critical period, and the charger open"
        );
    }

    /// Measured truly, a battery above the limit is not charged.
    fn heat_opens_the_charger(&mut self, site: &Site, truth: &Truth, decision: &Decision) {
        let limit = self.limit_celsius + THERMOMETER_KELVINS;
        let hot = truth.battery_celsius > limit && !self.misled(site.elapsed());
        let charged = hot && decision.relays.charger == Contact::Closed;
        self.hot = if charged { self.hot + 1 } else { 0 };
        assert!(
            self.hot <= 1,
            "{:.2} °C and the charger closed",
            truth.battery_celsius
        );
    }

    /// Measured truly, a battery at its floor is not discharged by us, unless heat or cold demands it.
    fn floor_closes_everything(&mut self, site: &Site, truth: &Truth, decision: &Decision) {
        let floor = self.floor_volts - VOLTMETER_VOLTS;
        let low = truth.flows.battery_volts < floor && !self.misled(site.elapsed());
        let open = |relay: RelayName| {
            let thermal = [Rule::Heat, Rule::Cold, Rule::ThermalRunaway];
            decision.relays[relay] == Contact::Open && !thermal.contains(&site.rule(relay))
        };
        let discharged = open(RelayName::Mains)
            || (self.wiring == Wiring::CommonBus && open(RelayName::Charger));
        self.below_floor = if low && discharged {
            self.below_floor + 1
        } else {
            0
        };
        assert!(
            self.below_floor <= 1,
            "{:.3} V and a circuit open",
            truth.flows.battery_volts
        );
    }

    /// No circuit is opened sooner than 30 s after it was closed, except by an interlock.
    fn least_times(&mut self, site: &Site, decision: &Decision) {
        for (index, relay) in [RelayName::Mains, RelayName::Charger]
            .into_iter()
            .enumerate()
        {
            let moved = decision.events.iter().any(
                |event| matches!(event, Event::RelaySwitched { relay: of, .. } if *of == relay),
            );
            if !moved {
                continue;
            }
            let safety = OPENS_THE_CHARGER.contains(&site.rule(relay));
            if decision.relays[relay] == Contact::Open && !safety {
                let closed_for = self.moved[index].map(|at| site.elapsed() - at);
                assert!(
                    closed_for.is_none_or(|time| time >= 30 * SECOND),
                    "{relay} opened {closed_for:?} after it was closed"
                );
            }
            self.moved[index] = Some(site.elapsed());
        }
    }
}

fn finite(truth: &Truth) {
    let flows = truth.flows;
    let values = [
        flows.battery_volts,
        flows.battery_amperes,
        flows.charger_volts,
        flows.charger_amperes,
        flows.load_volts,
        flows.load_amperes,
        truth.state_of_charge,
        truth.battery_celsius,
    ];
    assert!(values.iter().all(|value| value.is_finite()), "{truth:?}");
}

/// Whether [`nightly`] calls that moment critical, by the winter time of Zurich: an hour ahead of UTC.
fn is_critical(wall: UnixMillis, days: &[Weekday]) -> bool {
    let hours = wall.after(HOUR).0.div_euclid(3_600_000);
    // 1 January 1970 was a Thursday.
    let weekday = Weekday::ALL[((hours.div_euclid(24) + 3) % 7) as usize];
    days.contains(&weekday) && (8..18).contains(&hours.rem_euclid(24))
}

/// What a week was made of: whatever never happens, nothing holds against.
#[derive(Debug, Default)]
struct Tally {
    discharges: usize,
    critical_samples: u32,
    restarts: u32,
    /// The rules that have moved a relay.
    moved_by: BTreeSet<Rule>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.discharges += other.discharges;
        self.critical_samples += other.critical_samples;
        self.restarts += other.restarts;
        self.moved_by.extend(other.moved_by);
    }
}

fn live(case: &Case) -> Tally {
    let script = script(case.seed);
    let config = config_of(&case.plant);
    let mut site = Site::configured(case.plant, config.clone(), case.seed).suffering(&script);
    let true_wall = site.wall_at_start.expect("set at the start");
    for (moment, command) in &case.orders {
        site.order(*moment, command.clone());
    }
    let mut watch = Watch::new(case, script.spans(), &site);
    let mut restarts = 0;
    for (moment, mishap) in case.mishaps.iter().copied() {
        site.watch_to(moment, |site, decision| watch.step(site, decision));
        match mishap {
            Mishap::Restart(down) => {
                site.crash(config.clone(), down);
                watch.restarted(&site);
                restarts += 1;
            }
            Mishap::Clock(error) => {
                let shown = |seconds: i64| UnixMillis(true_wall.0 + 1000 * seconds);
                site.wall_at_start = error.map(shown);
            }
        }
    }
    site.watch_to(LENGTH, |site, decision| watch.step(site, decision));
    assert_eq!(
        site.log.answers.len(),
        case.orders.iter().filter(|(at, _)| *at <= LENGTH).count()
    );
    for (at, command, answer) in &site.log.answers {
        let schedule = matches!(command, Command::Schedule(_));
        assert!(
            !schedule || answer.is_ok(),
            "{at:?} {command:?}: {answer:?}"
        );
    }
    let probes = |(_, event): &&(Duration, Event<_>)| {
        let to = Phase::Probing;
        matches!(event, Event::CyclePhase { to: phase, .. } if *phase == to)
    };
    Tally {
        discharges: site.log.events.iter().filter(probes).count(),
        critical_samples: watch.critical,
        restarts,
        moved_by: (site.log.switchings().iter())
            .map(|switching| switching.rule)
            .collect(),
    }
}

/// Random sites, orders, faults and mishaps for a week each; and all that they are meant to bring about
/// did happen in some of them.
#[test]
fn whatever_happens_the_site_stays_safe() {
    let tally = RefCell::new(Tally::default());
    let mut runner = TestRunner::new(ProptestConfig {
        // The failing case is printed with its seed.
        failure_persistence: None,
        max_shrink_iters: 40,
        ..ProptestConfig::with_cases(24)
    });
    let outcome = runner.run(&cases(), |case| {
        let week = live(&case);
        tally.borrow_mut().add(week);
        Ok(())
    });
    if let Err(failed) = outcome {
        panic!("{failed}\n{runner}");
    }
    let tally = tally.into_inner();
    println!("{tally:?}");
    // About half of the weeks or more have each of these; that none of all has one is no chance any more.
    assert!(tally.discharges > 0, "{tally:?}");
    assert!(tally.critical_samples > 0, "{tally:?}");
    assert!(tally.restarts > 0, "{tally:?}");
    for interlock in [Rule::Heat, Rule::Floor] {
        assert!(tally.moved_by.contains(&interlock), "{tally:?}");
    }
}
