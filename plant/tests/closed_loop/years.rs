//! A simulated year of each mode on a healthy battery, in both wirings: no false alarm, every cycle that
//! the schedule asks for, the battery never near its floor outside of one.
//!
//! One year of overcharge protection and one of consumption cycles take the design's ten samples in a window of
//! 30 s. The others take two, so that each costs a few seconds.

use core::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use releve_control::decision::Config;
use releve_control::{
    Command, Contact, CycleOutcome, Event, LimitName, Mode, Period, Phase, RelayName, Schedule,
    Weekday, Wiring,
};
use releve_plant::battery::BatteryParameters;
use releve_plant::{PlantConfig, TimeOfDay};

use crate::log::Log;
use crate::site::*;

/// Samples in a window, as designed.
const DESIGNED: u32 = 10;
/// Samples in a window of the years that are to be cheap.
const FEW: u32 = 2;
const YEAR: Duration = Duration::from_hours(365 * 24);
const TIME_ZONE: &str = "Europe/Zurich";

/// How a year went.
struct Year {
    log: Log,
    /// Least true voltage of the battery, V.
    least_volts: f64,
    /// Least true state of charge.
    least_charge: f64,
    /// True state of charge at each full charge.
    full: Vec<f64>,
    /// Share of the time without a charger at the battery.
    resting_share: f64,
    /// Charge taken out of the battery over its capacity.
    equivalent_cycles: f64,
    /// Whether the load was ever without supply.
    load_failed: bool,
}

/// A battery in its charger's lead, and one on a common bus; both in a cool room.
fn both_wirings() -> [(Wiring, PlantConfig); 2] {
    let (lead, bus) = (PlantConfig::healthy_site(), PlantConfig::telecom_site());
    [
        lead,
        PlantConfig {
            ambient: lead.ambient,
            ..bus
        },
    ]
    .map(|plant| (plant.wiring, plant))
}

/// A year from 1 January with so many samples in a window, by these commands at its beginning.
fn year(plant: PlantConfig, samples_per_window: u32, commands: &[Command]) -> Year {
    let plant = PlantConfig {
        start: TimeOfDay::new(0, 0.0),
        ..plant
    };
    let config = Config {
        samples_per_window,
        ..config_of(&plant)
    };
    let mut site = Site::configured(plant, config, SEED);
    for command in commands {
        site.order(at(0, 10), command.clone());
    }
    let sample_seconds = 30.0 / f64::from(samples_per_window);
    let rated_coulombs = plant.battery.rated_ampere_hours * 3600.0;
    let mut year = Year {
        log: Log::default(),
        least_volts: f64::INFINITY,
        least_charge: 1.0,
        full: Vec::new(),
        resting_share: 0.0,
        equivalent_cycles: 0.0,
        load_failed: false,
    };
    let (mut steps, mut open) = (0_u32, 0_u32);
    site.watch_to(YEAR, |site, decision| {
        let truth = site.plant.truth();
        year.least_volts = year.least_volts.min(truth.flows.battery_volts);
        year.least_charge = year.least_charge.min(truth.state_of_charge);
        year.load_failed |= !truth.flows.load_running;
        year.equivalent_cycles +=
            (-truth.flows.battery_amperes).max(0.0) * sample_seconds / rated_coulombs;
        steps += 1;
        open += u32::from(site.installation() != (Contact::Closed, Contact::Closed));
        if decision
            .events
            .iter()
            .any(|event| matches!(event, Event::BatteryFull { .. }))
        {
            year.full.push(truth.state_of_charge);
        }
    });
    year.resting_share = f64::from(open) / f64::from(steps);
    year.log = site.log;
    year
}

impl Year {
    fn tell(&self, name: &str) {
        let completed = self.completed();
        let full_mean = self.full.iter().sum::<f64>() / self.full.len() as f64;
        println!(
            "{name}: {completed} cycles of {}, {} alarms, least {:.2} V and {:.0} %, {:.1} % of the float time saved, {:.1} equivalent cycles, relay 1 opened {} and relay 2 {} times, {} full charges at {:.1} % in the mean",
            self.log.cycles().len(),
            self.log.alarms().len(),
            self.least_volts,
            100.0 * self.least_charge,
            100.0 * self.resting_share,
            self.equivalent_cycles,
            self.log.openings(RelayName::Mains),
            self.log.openings(RelayName::Charger),
            self.full.len(),
            100.0 * full_mean,
        );
    }

    #[track_caller]
    fn assert_sound(&self) {
        self.log.assert_obeyed();
        self.log.assert_alarms(&[]);
        assert!(!self.load_failed);
    }

    #[track_caller]
    fn assert_cycles(&self) {
        let reports = self.log.cycles();
        assert_eq!((reports.len(), self.completed()), (13, 13), "{}", self.log);
        assert_eq!(self.log.openings(RelayName::Mains), 13, "{}", self.log);
        // A quarter of the capacity, and what the count missed of a battery that was not quite full.
        assert!(self.least_charge > 0.7, "{}", self.least_charge);
        assert!(self.least_volts > 12.1, "{} V", self.least_volts);
        let zone = TimeZone::get(TIME_ZONE).expect("in the bundled database");
        let mut offsets = Vec::new();
        for begun in self.discharges() {
            let wall = NEW_YEAR.after(begun);
            let local = Timestamp::from_millisecond(wall.0)
                .expect("a moment")
                .to_zoned(zone.clone());
            assert!(
                (6..10).contains(&local.hour()),
                "a discharge began at {local}"
            );
            assert_eq!(local.weekday(), jiff::civil::Weekday::Saturday, "{local}");
            offsets.push(local.offset());
        }
        offsets.sort_unstable();
        offsets.dedup();
        assert_eq!(offsets.len(), 2, "cycles in summer time and out of it");
    }

    /// When each discharge began.
    fn discharges(&self) -> Vec<Duration> {
        let begun = |(at, event): &(Duration, Event<_>)| match event {
            Event::CyclePhase {
                to: Phase::Probing, ..
            } => Some(*at),
            _ => None,
        };
        self.log.events.iter().filter_map(begun).collect()
    }

    fn completed(&self) -> usize {
        let reports = self.log.cycles();
        (reports.iter())
            .filter(|report| report.outcome == CycleOutcome::Completed)
            .count()
    }
}

/// A cycle every four weeks on a Saturday morning; critical on working days.
fn four_weekly() -> Schedule {
    use Weekday::{Friday, Monday, Saturday, Thursday, Tuesday, Wednesday};
    let period = |days: &[Weekday], from: &str, to: &str| Period {
        days: days.to_vec(),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    Schedule {
        time_zone: TIME_ZONE.to_owned(),
        critical: vec![period(
            &[Monday, Tuesday, Wednesday, Thursday, Friday],
            "07:00",
            "19:00",
        )],
        allowed: vec![period(&[Saturday], "06:00", "10:00")],
        cycle_every_days: 28,
    }
}

fn cycling() -> Vec<Command> {
    vec![
        Command::Schedule(Some(four_weekly())),
        mode(Mode::ConsumptionCycle),
    ]
}

/// The observer leaves a sound site alone for a year: always on float, always full.
#[test]
fn a_year_of_the_observer() {
    for (wiring, plant) in both_wirings() {
        let year = year(plant, FEW, &[]);
        year.tell(&format!("observer, {wiring}"));
        assert_eq!(year.log.switchings(), [], "{}", year.log);
        year.assert_sound();
        assert!(year.least_volts > 13.4, "{} V", year.least_volts);
    }
}

/// Overcharge protection above the absorption voltage leaves a sound charger alone for a year.
#[test]
fn a_year_of_overcharge_protection() {
    for ((wiring, plant), samples_per_window) in both_wirings().into_iter().zip([DESIGNED, FEW]) {
        let year = year(
            plant,
            samples_per_window,
            &[mode(Mode::OverchargeProtection)],
        );
        year.tell(&format!("overcharge protection, {wiring}"));
        assert_eq!(year.log.switchings(), [], "{}", year.log);
        year.assert_sound();
    }
}

/// A cycle every four weeks: thirteen in the year, each completed, each begun in its window by local
/// time in winter and in summer.
#[test]
fn a_year_of_consumption_cycles() {
    for (wiring, plant) in both_wirings() {
        let year = year(plant, FEW, &cycling());
        year.tell(&format!("consumption cycle, {wiring}"));
        year.assert_sound();
        year.assert_cycles();
    }
}

/// The same at the site that was made for a year, with a sense input and a charger of two stages, and with
/// every sample of the design. Its small load takes a quarter out of 40 Ah in more than the eight hours that
/// a discharge may last by default.
#[test]
fn a_year_of_consumption_cycles_with_ten_samples_a_window() {
    let longer = limit(LimitName::LongestDischarge, 900.0);
    let commands = [vec![longer], cycling()].concat();
    let year = year(PlantConfig::healthy_year_site(), DESIGNED, &commands);
    year.tell("consumption cycle, healthy_year");
    year.assert_sound();
    year.assert_cycles();
}

/// The same battery by another model, whose voltage sags much more at small currents: its discharges end by
/// their voltage, long before a quarter is taken out. What holds on one model holds on the other.
#[test]
fn a_year_of_consumption_cycles_by_copetti_s_model() {
    let plant = PlantConfig::healthy_site();
    let year = year(
        PlantConfig {
            battery: BatteryParameters::copetti(plant.battery.rated_ampere_hours),
            ..plant
        },
        FEW,
        &cycling(),
    );
    year.tell("consumption cycle, Copetti");
    year.assert_sound();
    year.assert_cycles();
}
