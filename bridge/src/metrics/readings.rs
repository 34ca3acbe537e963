//! The series of the readings: one table of names, labels and values, whoever carries them to Prometheus.

use std::sync::LazyLock;

use releve_protocol::catalog::{QUANTITIES, Quantity};
use releve_protocol::control::{AlarmName, Contact, Mode, Phase, RelayName};
use releve_protocol::{NodeId, Reading};

use super::family::Family;
use super::source::Source;
use crate::store::Figures;

/// A statistic of a quantity that has a metric of its own.
struct Statistic {
    /// What stands between the quantity's name and its unit.
    infix: &'static str,
    /// How its help begins.
    help: &'static str,
    of: fn(&Figures) -> Option<f64>,
}

const STATISTICS: [Statistic; 3] = [
    Statistic {
        infix: "",
        help: "mean over the last window",
        of: |figures| figures.mean,
    },
    Statistic {
        infix: "_min",
        help: "least value in the last window",
        of: |figures| figures.min,
    },
    Statistic {
        infix: "_max",
        help: "greatest value in the last window",
        of: |figures| figures.max,
    },
];

const COULOMBS_PER_AMPERE_HOUR: f64 = 3600.0;

/// A metric of the readings.
pub struct MetricRow {
    /// Its name.
    pub name: String,
    help: String,
    /// Its series of each node.
    pub series: Vec<Series>,
}

/// A series of each node.
pub struct Series {
    /// Its label besides `node`, where it has one.
    pub label: Option<(&'static str, &'static str)>,
    value: Value,
}

/// What a series shows.
enum Value {
    /// A statistic of the quantity in that place of the catalog.
    Figure(usize, fn(&Figures) -> Option<f64>),
    MissingCharge,
    StateOfCharge,
    Relay(RelayName),
    Mode(Mode),
    Phase(Phase),
    Alarm(AlarmName),
}

impl Series {
    /// Its value; `None` where the reading does not know it.
    #[must_use]
    pub fn value(&self, reading: &impl Source) -> Option<f64> {
        match self.value {
            Value::Figure(place, of) => of(&reading.figures(place)),
            Value::MissingCharge => reading
                .missing_ah()
                .map(|missing| missing * COULOMBS_PER_AMPERE_HOUR),
            Value::StateOfCharge => reading.state_of_charge().map(|percent| percent / 100.0),
            Value::Relay(relay) => flag(reading.relays()[relay] == Contact::Closed),
            Value::Mode(mode) => flag(reading.mode() == mode),
            Value::Phase(phase) => flag(reading.phase() == Some(phase)),
            Value::Alarm(alarm) => flag(reading.alarms().contains(&alarm)),
        }
    }
}

const fn flag(is: bool) -> Option<f64> {
    Some(if is { 1.0 } else { 0.0 })
}

/// Every metric of the readings.
pub static METRICS: LazyLock<Vec<MetricRow>> = LazyLock::new(|| {
    let quantities = QUANTITIES.iter().enumerate();
    let quantities = quantities.flat_map(|(place, quantity)| {
        let of_quantity = move |statistic| of_quantity(place, quantity, statistic);
        STATISTICS.iter().map(of_quantity)
    });
    quantities
        .chain([
            one(
                "releve_battery_missing_charge_coulombs",
                "Charge missing since the battery was last full, by counting; 3600 C are 1 Ah.",
                Value::MissingCharge,
            ),
            one(
                "releve_battery_state_of_charge_ratio",
                "State of charge of the battery by counting, 0 to 1.",
                Value::StateOfCharge,
            ),
            many(
                "releve_relay_closed",
                "Whether the relay's circuit is commanded closed (1) or open (0) at the end of the last window.",
                RelayName::ALL,
                |relay| (("relay", relay.name()), Value::Relay(relay)),
            ),
            many(
                "releve_mode",
                "1 for the mode that the node follows, else 0.",
                Mode::ALL,
                |mode| (("mode", mode.name()), Value::Mode(mode)),
            ),
            many(
                "releve_cycle_phase",
                "1 for the phase in which the consumption cycle stands, else 0; 0 for all in the other modes.",
                Phase::ALL,
                |phase| (("phase", phase.name()), Value::Phase(phase)),
            ),
            many(
                "releve_alarm_active",
                "Whether the alarm was active (1) or not (0) at the end of the last window.",
                AlarmName::ALL,
                |alarm| (("alarm", alarm.name()), Value::Alarm(alarm)),
            ),
        ])
        .collect()
});

fn of_quantity(place: usize, quantity: &Quantity, statistic: &Statistic) -> MetricRow {
    let unit = quantity.metric_unit();
    let name = format!("{}{}_{unit}", quantity.metric, statistic.infix);
    let help = format!("{}: {}, in {unit}.", quantity.english, statistic.help);
    one(&name, &help, Value::Figure(place, statistic.of))
}

/// A metric with one series of each node.
fn one(name: &str, help: &str, value: Value) -> MetricRow {
    MetricRow {
        name: name.to_owned(),
        help: help.to_owned(),
        series: vec![Series { label: None, value }],
    }
}

/// A metric with a series for each of `all`.
fn many<T: Copy>(
    name: &str,
    help: &str,
    all: &[T],
    of: impl Fn(T) -> ((&'static str, &'static str), Value),
) -> MetricRow {
    let series = all.iter().map(|each| {
        let (label, value) = of(*each);
        let label = Some(label);
        Series { label, value }
    });
    MetricRow {
        name: name.to_owned(),
        help: help.to_owned(),
        series: series.collect(),
    }
}

/// The families of the given readings. What a reading does not know has no series.
pub fn families(readings: &[(&NodeId, &Reading)]) -> impl Iterator<Item = String> {
    let families = METRICS.iter().map(|metric| family(metric, readings));
    families.filter_map(Family::finish)
}

fn family(metric: &MetricRow, readings: &[(&NodeId, &Reading)]) -> Family {
    let mut family = Family::gauge(&metric.name, &metric.help);
    for (node, reading) in readings {
        for series in &metric.series {
            let Some(value) = series.value(*reading) else {
                continue;
            };
            let node = ("node", node.as_str());
            match series.label {
                Some(label) => family.add(&[node, label], value),
                None => family.add(&[node], value),
            }
        }
    }
    family
}
