//! Whatever happens to a site for a week: what is true of its battery, not only what is measured.

use core::time::Duration;

use proptest::prelude::*;
use releve_control::decision::Decision;
use releve_control::profile::Profile;
use releve_control::{
    AlarmName, AuthorityRequest, Command, Contact, CycleRequest, Event, LimitName, Mode, RelayName,
    Rule, Wiring,
};
use releve_plant::battery::{BatteryParameters, StateOfHealth};
use releve_plant::{Fault, FaultRate, FaultScript, FaultSpan, PlantConfig, SensorName, Truth};

use crate::schedules::nightly;
use crate::site::*;

/// Simulated time of a case.
const LENGTH: Duration = Duration::from_secs(7 * 24 * 3600);
/// How many times as often as at a harsh site things go wrong: some fifteen faults in the week.
const FAULTS: f64 = 25.0;
/// A sensor that is dead for so long has been missed: three samples and the one that is under way.
const DEAD_AFTER: Duration = Duration::from_secs(12);
/// Error of the thermometer (±0.8 K, an eighth, noise), K.
const THERMOMETER_KELVINS: f64 = 1.1;
/// Error of input 1 (0.2 %, a step, noise), V.
const VOLTMETER_VOLTS: f64 = 0.05;

/// A site, the orders that it gets and what goes wrong there.
#[derive(Debug, Clone)]
struct Case {
    plant: PlantConfig,
    seed: u64,
    orders: Vec<(Duration, Command)>,
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
    prop_oneof![
        3 => proptest::sample::select(Mode::ALL.to_vec()).prop_map(Command::Mode),
        2 => (1..720_u64).prop_map(|minutes| by_hand(Duration::from_secs(minutes * 60))),
        1 => Just(Command::Authority(AuthorityRequest::Automatic)),
        4 => (relays, contacts).prop_map(|(relay, contact)| Command::Relay(relay, contact)),
        2 => (limits, -1.0..60.0).prop_map(|(limit, value)| Command::Limit(limit, value)),
        3 => proptest::sample::select(CycleRequest::ALL.to_vec()).prop_map(Command::Cycle),
        1 => Just(Command::Schedule(Some(nightly("Europe/Zurich", &[])))),
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

fn cases() -> impl Strategy<Value = Case> {
    let order = (0..LENGTH.as_secs(), commands())
        .prop_map(|(second, command)| vec![(Duration::from_secs(second), command)]);
    let orders = prop_oneof![2 => order, 1 => manoeuvre()];
    (
        plants(),
        any::<u64>(),
        proptest::collection::vec(orders, 0..60),
    )
        .prop_map(|(plant, seed, orders)| Case {
            plant,
            seed,
            orders: orders.concat(),
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
        finite(&truth);
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
            let safety = matches!(
                site.rule(relay),
                Rule::Heat | Rule::Cold | Rule::ThermalRunaway | Rule::VoltageHardLimit
            );
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

fn live(case: &Case) {
    let script = script(case.seed);
    let mut site =
        Site::configured(case.plant, config_of(&case.plant), case.seed).suffering(&script);
    for (moment, command) in &case.orders {
        site.order(*moment, command.clone());
    }
    let mut watch = Watch::new(case, script.spans(), &site);
    site.watch_to(LENGTH, |site, decision| watch.step(site, decision));
    assert_eq!(
        site.log.answers.len(),
        case.orders.iter().filter(|(at, _)| *at <= LENGTH).count()
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The failing case is printed with its seed.
        failure_persistence: None,
        max_shrink_iters: 40,
        ..ProptestConfig::with_cases(24)
    })]

    /// Random sites, orders and faults for a week each.
    #[test]
    fn whatever_happens_the_site_stays_safe(case in cases()) {
        live(&case);
    }
}
