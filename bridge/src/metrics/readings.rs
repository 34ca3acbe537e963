//! The series of the readings: one table of names, labels and values, whoever carries them to Prometheus.

use std::sync::LazyLock;

use releve_protocol::catalog::{QUANTITIES, Quantity};
use releve_protocol::control::{AlarmName, Contact, Mode, Phase, RelayName};

use super::source::Source;
use crate::store::Figures;

/// A statistic of a quantity, each of which has a metric of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The mean over a window.
    Mean,
    /// The least value in it.
    Least,
    /// The greatest value in it.
    Greatest,
}

impl Statistic {
    const ALL: [Self; 3] = [Self::Mean, Self::Least, Self::Greatest];

    /// What stands between the quantity's name and its unit.
    const fn infix(self) -> &'static str {
        match self {
            Self::Mean => "",
            Self::Least => "_min",
            Self::Greatest => "_max",
        }
    }

    /// How its help begins.
    const fn help(self) -> &'static str {
        match self {
            Self::Mean => "mean over the last window",
            Self::Least => "least value in the last window",
            Self::Greatest => "greatest value in the last window",
        }
    }

    const fn of(self, figures: &Figures) -> Option<f64> {
        match self {
            Self::Mean => figures.mean,
            Self::Least => figures.min,
            Self::Greatest => figures.max,
        }
    }
}

/// Missing charge is in Ah in a reading, and in C in its series.
pub const COULOMBS_PER_AMPERE_HOUR: f64 = 3600.0;
/// The state of charge is in % in a reading, and a ratio in its series.
pub const PERCENT: f64 = 100.0;

/// A metric of the readings.
pub struct MetricRow {
    /// Its name.
    pub name: String,
    /// What it shows, in a sentence.
    pub help: String,
    /// Its series of each node.
    pub series: Vec<Series>,
}

/// A series of each node.
pub struct Series {
    /// Its label besides `node`, where it has one.
    pub label: Option<(&'static str, &'static str)>,
    /// What it shows.
    pub shows: Shows,
}

/// What a series shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// A statistic of the quantity in that place of the catalog, in its unit.
    Figure(usize, Statistic),
    /// The charge missing since the battery was last full, C.
    MissingCharge,
    /// The state of charge, 0 to 1.
    StateOfCharge,
    /// 1 where the relay is commanded closed, else 0.
    Relay(RelayName),
    /// 1 where the node follows that mode, else 0.
    Mode(Mode),
    /// 1 where a consumption cycle stands in that phase, else 0.
    Phase(Phase),
    /// 1 where the alarm is active, else 0.
    Alarm(AlarmName),
}

impl Series {
    /// Its value; `None` where the reading does not know it.
    #[must_use]
    pub fn value(&self, reading: &impl Source) -> Option<f64> {
        match self.shows {
            Shows::Figure(place, statistic) => statistic.of(&reading.figures(place)),
            Shows::MissingCharge => reading
                .missing_ah()
                .map(|missing| missing * COULOMBS_PER_AMPERE_HOUR),
            Shows::StateOfCharge => reading.state_of_charge().map(|percent| percent / PERCENT),
            Shows::Relay(relay) => flag(reading.relays()[relay] == Contact::Closed),
            Shows::Mode(mode) => flag(reading.mode() == mode),
            Shows::Phase(phase) => flag(reading.phase() == Some(phase)),
            Shows::Alarm(alarm) => flag(reading.alarms().contains(&alarm)),
        }
    }
}

const fn flag(is: bool) -> Option<f64> {
    Some(if is { 1.0 } else { 0.0 })
}

impl MetricRow {
    /// The label of its series besides `node`, where they have one.
    #[must_use]
    pub fn label(&self) -> Option<&'static str> {
        let (name, _) = self.series.first()?.label?;
        Some(name)
    }
}

/// Every metric of the readings.
pub static METRICS: LazyLock<Vec<MetricRow>> = LazyLock::new(|| {
    let quantities = QUANTITIES.iter().enumerate();
    let quantities = quantities.flat_map(|(place, quantity)| {
        let of_quantity = move |statistic| of_quantity(place, quantity, statistic);
        Statistic::ALL.into_iter().map(of_quantity)
    });
    quantities
        .chain([
            one(
                "releve_battery_missing_charge_coulombs",
                "Charge missing since the battery was last full, by counting; 3600 C are 1 Ah.",
                Shows::MissingCharge,
            ),
            one(
                "releve_battery_state_of_charge_ratio",
                "State of charge of the battery by counting, 0 to 1.",
                Shows::StateOfCharge,
            ),
            many(
                "releve_relay_closed",
                "Whether the relay's circuit is commanded closed (1) or open (0) at the end of the last window.",
                RelayName::ALL,
                |relay| (("relay", relay.name()), Shows::Relay(relay)),
            ),
            many(
                "releve_mode",
                "1 for the mode that the node follows, else 0.",
                Mode::ALL,
                |mode| (("mode", mode.name()), Shows::Mode(mode)),
            ),
            many(
                "releve_cycle_phase",
                "1 for the phase in which the consumption cycle stands, else 0; 0 for all in the other modes.",
                Phase::ALL,
                |phase| (("phase", phase.name()), Shows::Phase(phase)),
            ),
            many(
                "releve_alarm_active",
                "Whether the alarm was active (1) or not (0) at the end of the last window.",
                AlarmName::ALL,
                |alarm| (("alarm", alarm.name()), Shows::Alarm(alarm)),
            ),
        ])
        .collect()
});

fn of_quantity(place: usize, quantity: &Quantity, statistic: Statistic) -> MetricRow {
    let unit = quantity.metric_unit();
    let name = format!("{}{}_{unit}", quantity.metric, statistic.infix());
    let help = format!("{}: {}, in {unit}.", quantity.english, statistic.help());
    one(&name, &help, Shows::Figure(place, statistic))
}

/// A metric with one series of each node.
fn one(name: &str, help: &str, shows: Shows) -> MetricRow {
    MetricRow {
        name: name.to_owned(),
        help: help.to_owned(),
        series: vec![Series { label: None, shows }],
    }
}

/// A metric with a series for each of `all`.
fn many<T: Copy>(
    name: &str,
    help: &str,
    all: &[T],
    of: impl Fn(T) -> ((&'static str, &'static str), Shows),
) -> MetricRow {
    let series = all.iter().map(|each| {
        let (label, shows) = of(*each);
        let label = Some(label);
        Series { label, shows }
    });
    MetricRow {
        name: name.to_owned(),
        help: help.to_owned(),
        series: series.collect(),
    }
}
