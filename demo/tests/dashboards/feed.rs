//! Six hours of three sites and a bridge, as text that Prometheus' tool turns into blocks of its store.
//!
//! `north` does nothing but change its mode, `silent` falls silent half-way, `offgrid` loses mains and runs
//! on a battery that gets hot. Figures are constant, so that whoever asks knows the answer.

use std::collections::BTreeSet;
use std::fmt::Write;

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::{AlarmName, Mode, Phase, RelayName};

/// The three sites.
pub const NODES: [&str; 3] = ["north", "silent", "offgrid"];
/// 10 January 2026, 00:00 UTC: the day, the hour and each step begin together.
pub const START: u64 = 1_768_003_200;
/// The end of what is known.
pub const END: u64 = START + 6 * HOUR;
/// When `silent` falls silent.
pub const SILENT_AT: u64 = START + 3 * HOUR;
/// When `offgrid` loses mains, and its battery begins to work.
pub const OFF_GRID_AT: u64 = START + 2 * HOUR;
/// When `north` changes its mode.
pub const MODE_AT: u64 = START + 4 * HOUR;
/// When something happens to the bridge: its counters go up by what is known.
pub const EVENT_AT: u64 = START + 5 * HOUR;
/// A single moment at `north`, between two steps of a minute: its voltage is far above all others, an alarm
/// stands, and its node is gone.
pub const SPIKE_AT: u64 = START + HOUR + 30;
/// Its voltage.
pub const SPIKE_VOLTS: f64 = 15.5;
/// Its alarm.
pub const SPIKE_ALARM: AlarmName = AlarmName::VoltageHardLimit;

const HOUR: u64 = 3600;
/// A reading every 30 s.
const WINDOW: u64 = 30;
/// How far least and greatest value lie from the mean.
pub const SPREAD: f64 = 0.25;

/// The mean of a quantity at a site, in the catalog's unit.
///
/// # Panics
/// For a quantity of which nothing is told here.
pub fn mean(key: &str, node: &str) -> f64 {
    let values = match key {
        "battery.voltage" => [13.5, 12.75, 12.0],
        "battery.current" => [0.5, 0.25, -3.0],
        "charger.voltage" => [13.75, 13.0, 0.5],
        "charger.current" => [1.5, 1.25, 0.0],
        "charger.power" => [20.0, 16.0, 1.0],
        "load.voltage" => [13.25, 12.5, 11.75],
        "load.current" => [1.0, 1.0, 3.0],
        "load.power" => [13.0, 12.0, 36.0],
        "temperature" => [25.0, 20.0, 45.0],
        other => panic!("{other} is new in the catalog: give it three values here"),
    };
    values[NODES
        .iter()
        .position(|known| *known == node)
        .expect("a node")]
}

/// State of charge, 0 to 1.
pub fn charge(node: &str) -> f64 {
    match node {
        "north" => 1.0,
        "silent" => 0.9,
        _ => 0.5,
    }
}

/// Missing charge in Ah.
pub fn missing_ah(node: &str) -> f64 {
    match node {
        "north" => 0.0,
        "silent" => 4.0,
        _ => 20.0,
    }
}

/// The alarms that `offgrid` raises: a critical one, and one of less weight.
pub const RAISED: [AlarmName; 2] = [AlarmName::TemperatureLimit, AlarmName::MainsLost];

/// The text, and the names of all metrics in it.
pub struct Feed {
    /// In the OpenMetrics format.
    pub text: String,
    /// Every metric.
    pub metrics: BTreeSet<String>,
}

/// Everything.
pub fn feed() -> Feed {
    let mut feed = Feed {
        text: String::new(),
        metrics: BTreeSet::new(),
    };
    for node in NODES {
        feed.readings(node);
        feed.words(node);
        feed.about(node);
    }
    feed.bridge();
    feed.text.push_str("# EOF\n");
    feed
}

/// 1 from a moment on, else 0.
fn from(moment: u64) -> impl Fn(u64) -> f64 {
    move |at| flag(at >= moment)
}

const fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

impl Feed {
    /// A series whose labels are written as in a query, without the braces.
    fn series(&mut self, metric: &str, labels: &str, until: u64, value: impl Fn(u64) -> f64) {
        self.metrics.insert(metric.to_owned());
        let separator = if labels.is_empty() { "" } else { "," };
        for at in (START..=until).step_by(usize::try_from(WINDOW).expect("a small number")) {
            let value = value(at);
            // As scraped: a query that does not look at `node` alone shows these.
            writeln!(
                self.text,
                "{metric}{{{labels}{separator}job=\"releve\",instance=\"bridge:8080\"}} {value} {at}"
            )
            .expect("room in memory");
        }
    }

    fn readings(&mut self, node: &str) {
        let (until, label) = (last_reading(node), format!("node=\"{node}\""));
        for quantity in QUANTITIES {
            let mean = mean(quantity.key, node);
            let name = |infix| format!("{}{infix}_{}", quantity.metric, quantity.metric_unit());
            let has_spike = node == "north" && quantity.key == "battery.voltage";
            self.series(&name(""), &label, until, |_| mean);
            self.series(&name("_min"), &label, until, |_| mean - SPREAD);
            self.series(&name("_max"), &label, until, |at| {
                match has_spike && at == SPIKE_AT {
                    true => SPIKE_VOLTS,
                    false => mean + SPREAD,
                }
            });
        }
        self.series(
            "releve_battery_missing_charge_coulombs",
            &label,
            until,
            |_| missing_ah(node) * 3600.0,
        );
        self.series(
            "releve_battery_state_of_charge_ratio",
            &label,
            until,
            |_| charge(node),
        );
    }

    fn words(&mut self, node: &str) {
        let until = last_reading(node);
        let off_grid = node == "offgrid";
        for relay in RelayName::ALL {
            let opens = off_grid && *relay == RelayName::Mains;
            let labels = format!("node=\"{node}\",relay=\"{relay}\"");
            self.series("releve_relay_closed", &labels, until, |at| {
                flag(!(opens && at >= OFF_GRID_AT))
            });
        }
        for mode in Mode::ALL {
            let labels = format!("node=\"{node}\",mode=\"{mode}\"");
            self.series("releve_mode", &labels, until, |at| {
                flag(mode_at(node, at) == *mode)
            });
        }
        for phase in Phase::ALL {
            let labels = format!("node=\"{node}\",phase=\"{phase}\"");
            self.series("releve_cycle_phase", &labels, until, |at| {
                flag(phase_at(node, at) == Some(*phase))
            });
        }
        for alarm in AlarmName::ALL {
            let labels = format!("node=\"{node}\",alarm=\"{alarm}\"");
            self.series("releve_alarm_active", &labels, until, |at| match node {
                "offgrid" => flag(RAISED.contains(alarm) && at >= OFF_GRID_AT),
                "north" => flag(*alarm == SPIKE_ALARM && at == SPIKE_AT),
                _ => 0.0,
            });
        }
    }

    /// What the bridge says of a node, even of a silent one.
    fn about(&mut self, node: &str) {
        let label = format!("node=\"{node}\"");
        let silent = last_reading(node) < END;
        self.series("releve_node_up", &label, END, |at| {
            let away = (silent && at >= SILENT_AT) || (node == "north" && at == SPIKE_AT);
            flag(!away)
        });
        self.series("releve_last_reading_timestamp_seconds", &label, END, |at| {
            at.min(last_reading(node)) as f64
        });
        let about = format!("{label},name=\"The {node}\",version=\"0.1.0\"");
        self.series("releve_node_info", &about, END, |_| 1.0);
        let readings = |at: u64| ((at.min(last_reading(node)) - START) / WINDOW) as f64;
        self.series("releve_bridge_readings_total", &label, END, readings);
        self.series("releve_bridge_missing_readings", &label, END, |_| 40.0);
        let event = from(EVENT_AT);
        for (metric, by) in [
            ("releve_bridge_duplicates_total", 4.0),
            ("releve_bridge_lost_readings_total", 8.0),
            ("releve_bridge_resend_requests_total", 2.0),
        ] {
            self.series(metric, &label, END, |at| by * event(at));
        }
        let kind = format!("{label},kind=\"state\"");
        self.series("releve_bridge_malformed_total", &kind, END, |at| {
            2.0 * event(at)
        });
        self.series(
            "releve_bridge_reading_delay_seconds",
            &label,
            last_reading(node),
            |_| 1.5,
        );
        let alert = format!("{label},alert=\"node_silent\"");
        self.series("releve_bridge_alert_active", &alert, END, |at| {
            flag(silent && at >= SILENT_AT)
        });
    }

    fn bridge(&mut self) {
        let event = from(EVENT_AT);
        self.series(
            "releve_bridge_info",
            "version=\"0.1.0\",bridge=\"main\"",
            END,
            |_| 1.0,
        );
        self.series("releve_bridge_start_time_seconds", "", END, |at| {
            (if at >= EVENT_AT {
                EVENT_AT
            } else {
                START - HOUR
            }) as f64
        });
        for (metric, value) in [
            ("releve_bridge_connected", 1.0),
            ("releve_bridge_store_bytes", 1e9),
            ("releve_bridge_store_free_bytes", 2e10),
            ("releve_bridge_remote_write_up", 1.0),
            ("releve_bridge_remote_write_pending_readings", 12.0),
            ("releve_bridge_mails_waiting", 3.0),
        ] {
            self.series(metric, "", END, |_| value);
        }
        self.series(
            "releve_bridge_remote_write_oldest_pending_timestamp_seconds",
            "",
            END,
            |at| (at - 90) as f64,
        );
        self.series("releve_bridge_remote_write_samples_total", "", END, |at| {
            (5 * (at - START)) as f64
        });
        for (metric, labels, by) in [
            ("releve_bridge_ignored_messages_total", "", 3.0),
            ("releve_bridge_store_errors_total", "", 1.0),
            ("releve_bridge_store_cut_readings_total", "", 2.0),
            ("releve_bridge_remote_write_retries_total", "", 5.0),
            (
                "releve_bridge_remote_write_dropped_samples_total",
                "reason=\"refused\"",
                6.0,
            ),
            ("releve_bridge_mails_sent_total", "", 7.0),
            ("releve_bridge_mails_failed_total", "", 1.0),
        ] {
            self.series(metric, labels, END, |at| by * event(at));
        }
    }
}

/// When a node's last reading was.
pub fn last_reading(node: &str) -> u64 {
    if node == "silent" { SILENT_AT } else { END }
}

/// The mode that a node follows.
pub fn mode_at(node: &str, at: u64) -> Mode {
    match node {
        "north" if at >= MODE_AT => Mode::OverchargeProtection,
        "offgrid" => Mode::ConsumptionCycle,
        _ => Mode::Observer,
    }
}

/// The phase of a node's consumption cycle.
pub fn phase_at(node: &str, at: u64) -> Option<Phase> {
    match node {
        "offgrid" if at >= OFF_GRID_AT => Some(Phase::Discharging),
        "offgrid" => Some(Phase::Waiting),
        _ => None,
    }
}
