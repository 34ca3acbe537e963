//! The series of the readings: one set of names, whoever carries them to Prometheus.

use prometheus::proto::MetricFamily;
use releve_protocol::catalog::{QUANTITIES, Quantity};
use releve_protocol::control::statistics::Statistics;
use releve_protocol::control::{AlarmName, Contact, Mode, Phase};
use releve_protocol::{NodeId, Reading};

use super::family::Family;

/// A statistic of a quantity that has a metric of its own.
struct Statistic {
    /// What stands between the quantity's name and its unit.
    infix: &'static str,
    /// How its help begins.
    help: &'static str,
    of: fn(&Statistics) -> Option<f64>,
}

const STATISTICS: [Statistic; 3] = [
    Statistic {
        infix: "",
        help: "mean over the last window",
        of: |statistics| statistics.mean,
    },
    Statistic {
        infix: "_min",
        help: "least value in the last window",
        of: |statistics| statistics.min,
    },
    Statistic {
        infix: "_max",
        help: "greatest value in the last window",
        of: |statistics| statistics.max,
    },
];

const COULOMBS_PER_AMPERE_HOUR: f64 = 3600.0;

/// The families of the given readings. What a reading does not know has no series.
#[must_use]
pub fn families(readings: &[(&NodeId, &Reading)]) -> Vec<MetricFamily> {
    let quantities = QUANTITIES.iter().flat_map(|quantity| {
        STATISTICS
            .iter()
            .map(move |statistic| of_quantity(quantity, statistic, readings))
    });
    quantities
        .chain([
            missing_charge(readings),
            state_of_charge(readings),
            relays(readings),
            modes(readings),
            phases(readings),
            alarms(readings),
        ])
        .filter_map(Family::finish)
        .collect()
}

fn of_quantity(
    quantity: &Quantity,
    statistic: &Statistic,
    readings: &[(&NodeId, &Reading)],
) -> Family {
    let unit = quantity.metric_unit();
    let name = format!("{}{}_{unit}", quantity.metric, statistic.infix);
    let help = format!("{}: {}, in {unit}.", quantity.english, statistic.help);
    let mut family = Family::gauge(&name, &help);
    for (node, reading) in readings {
        if let Some(value) = (statistic.of)((quantity.of)(reading)) {
            family.add(&[("node", node.as_str())], value);
        }
    }
    family
}

fn missing_charge(readings: &[(&NodeId, &Reading)]) -> Family {
    let family = Family::gauge(
        "releve_battery_missing_charge_coulombs",
        "Charge missing since the battery was last full, by counting; 3600 C are 1 Ah.",
    );
    known(family, readings, |reading| {
        reading
            .missing_ah
            .map(|missing| missing * COULOMBS_PER_AMPERE_HOUR)
    })
}

fn state_of_charge(readings: &[(&NodeId, &Reading)]) -> Family {
    let family = Family::gauge(
        "releve_battery_state_of_charge_ratio",
        "State of charge of the battery by counting, 0 to 1.",
    );
    known(family, readings, |reading| {
        reading.state_of_charge.map(|percent| percent / 100.0)
    })
}

/// One series a reading; none where the value is not known.
fn known(
    mut family: Family,
    readings: &[(&NodeId, &Reading)],
    value: impl Fn(&Reading) -> Option<f64>,
) -> Family {
    for (node, reading) in readings {
        if let Some(value) = value(reading) {
            family.add(&[("node", node.as_str())], value);
        }
    }
    family
}

fn relays(readings: &[(&NodeId, &Reading)]) -> Family {
    let mut family = Family::gauge(
        "releve_relay_closed",
        "Whether the relay's circuit is commanded closed (1) or open (0) at the end of the last window.",
    );
    for (node, reading) in readings {
        for (relay, contact) in reading.relays.iter() {
            let labels = [("node", node.as_str()), ("relay", relay.name())];
            family.add(&labels, flag(*contact == Contact::Closed));
        }
    }
    family
}

fn modes(readings: &[(&NodeId, &Reading)]) -> Family {
    let mut family = Family::gauge(
        "releve_mode",
        "1 for the mode that the node follows, else 0.",
    );
    for (node, reading) in readings {
        for mode in Mode::ALL {
            let labels = [("node", node.as_str()), ("mode", mode.name())];
            family.add(&labels, flag(reading.mode == *mode));
        }
    }
    family
}

fn phases(readings: &[(&NodeId, &Reading)]) -> Family {
    let mut family = Family::gauge(
        "releve_cycle_phase",
        "1 for the phase in which the consumption cycle stands, else 0; 0 for all in the other modes.",
    );
    for (node, reading) in readings {
        for phase in Phase::ALL {
            let labels = [("node", node.as_str()), ("phase", phase.name())];
            family.add(&labels, flag(reading.phase == Some(*phase)));
        }
    }
    family
}

fn alarms(readings: &[(&NodeId, &Reading)]) -> Family {
    let mut family = Family::gauge(
        "releve_alarm_active",
        "Whether the alarm was active (1) or not (0) at the end of the last window.",
    );
    for (node, reading) in readings {
        for alarm in AlarmName::ALL {
            let labels = [("node", node.as_str()), ("alarm", alarm.name())];
            family.add(&labels, flag(reading.alarms.contains(alarm)));
        }
    }
    family
}

const fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}
