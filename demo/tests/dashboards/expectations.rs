//! What each query shows of the feed: which sites, with which labels, and which figure.
//!
//! A panel that has no line here fails the test, and so does a line whose panel is gone.

use releve_protocol::control::{AlarmName, Mode, Phase, Severity};

use crate::feed::{
    END, EVENT_AT, NODES, RAISED, SPIKE_VOLTS, SPREAD, START, charge, last_reading, mean,
    missing_ah, mode_at, phase_at,
};
use crate::prometheus::Labels;

/// Whose series a query gives.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// Every site, from its readings: what is silent ends, and has no value at the end.
    Readings,
    /// Every site to the end, even a silent one: the bridge speaks of it, or the past does.
    Always,
    /// These sites alone.
    Only(&'static [&'static str]),
    /// None: a figure of the bridge, or of all sites together.
    Nobody,
}

/// Which point is looked at.
#[derive(Debug, Clone, Copy)]
pub enum Point {
    /// The last one.
    Last,
    /// The greatest.
    Greatest,
    /// The least.
    Least,
}

/// What a query shows.
pub struct Expectation {
    /// Dashboard without `releve-`, panel and letter.
    pub place: [&'static str; 3],
    pub who: Who,
    /// Labels besides `node`.
    pub labels: &'static [&'static str],
    pub point: Point,
    /// How far the figure may be off, as a part of it.
    pub tolerance: f64,
    /// The figure of a series.
    pub figure: Box<dyn Fn(&Labels) -> f64>,
}

impl Expectation {
    fn new(place: [&'static str; 3], who: Who, figure: impl Fn(&Labels) -> f64 + 'static) -> Self {
        Self {
            place,
            who,
            labels: &[],
            point: Point::Last,
            tolerance: 1e-6,
            figure: Box::new(figure),
        }
    }

    const fn with(mut self, labels: &'static [&'static str]) -> Self {
        self.labels = labels;
        self
    }

    /// The greatest point, as Prometheus extrapolates it.
    const fn at_most(mut self) -> Self {
        self.point = Point::Greatest;
        self.tolerance = 0.2;
        self
    }

    const fn about(mut self) -> Self {
        self.tolerance = 0.05;
        self
    }
}

fn node(labels: &Labels) -> &str {
    &labels["node"]
}

/// A figure of each site's readings.
fn of_site(place: [&'static str; 3], figure: impl Fn(&str) -> f64 + 'static) -> Expectation {
    Expectation::new(place, Who::Readings, move |labels| figure(node(labels)))
}

/// The mean of a quantity.
fn quantity(place: [&'static str; 3], key: &'static str) -> Expectation {
    of_site(place, move |node| mean(key, node))
}

/// Least, greatest and mean of a quantity: a panel with a band.
fn band(dashboard: &'static str, panel: &'static str, key: &'static str) -> [Expectation; 3] {
    [
        of_site([dashboard, panel, "A"], move |node| {
            mean(key, node) - SPREAD
        }),
        of_site([dashboard, panel, "B"], move |node| {
            mean(key, node) + SPREAD
        }),
        quantity([dashboard, panel, "C"], key),
    ]
}

/// A figure that is told of every site, even a silent one.
fn always(place: [&'static str; 3], figure: impl Fn(&str) -> f64 + 'static) -> Expectation {
    Expectation::new(place, Who::Always, move |labels| figure(node(labels)))
}

/// A figure without a site.
fn single(place: [&'static str; 3], figure: f64) -> Expectation {
    Expectation::new(place, Who::Nobody, move |_| figure)
}

/// What a counter went up by.
fn went_up(place: [&'static str; 3], who: Who, by: f64) -> Expectation {
    Expectation::new(place, who, move |_| by).at_most()
}

/// The place of a word in the list of its kind, from 1; 0 for none: how a chart colours words.
fn number<T: PartialEq>(words: &[T], word: Option<&T>) -> f64 {
    let place = word.and_then(|word| words.iter().position(|other| other == word));
    place.map_or(0.0, |place| place as f64 + 1.0)
}

fn last_mode(node: &str) -> f64 {
    number(Mode::ALL, Some(&mode_at(node, END)))
}

fn last_phase(node: &str) -> f64 {
    number(Phase::ALL, phase_at(node, END).as_ref())
}

/// Alarms of `offgrid`, by whether they are critical.
fn alarms(critical: bool, node: &str) -> f64 {
    let critical_ones = RAISED.iter().filter(|alarm| is_critical(**alarm)).count();
    let count = if critical {
        critical_ones
    } else {
        RAISED.len() - critical_ones
    };
    if node == "offgrid" { count as f64 } else { 0.0 }
}

/// Whether a person has to come.
pub fn is_critical(alarm: AlarmName) -> bool {
    alarm.severity() == Severity::Critical
}

/// 1 for a relay that is closed at the end.
fn closed(labels: &Labels) -> f64 {
    if node(labels) == "offgrid" && labels["relay"] == "mains" {
        0.0
    } else {
        1.0
    }
}

const OFF_GRID: Who = Who::Only(&["offgrid"]);
/// Those that had an alarm, however short.
const ALARMED: Who = Who::Only(&["north", "offgrid"]);

/// All of them.
pub fn all() -> Vec<Expectation> {
    [fleet(), site(), battery(), bridge(), annotations()]
        .into_iter()
        .flatten()
        .collect()
}

fn fleet() -> Vec<Expectation> {
    let count = NODES.len() as f64;
    vec![
        single(["fleet", "Sites", "A"], count),
        single(["fleet", "Connected", "A"], count - 1.0),
        single(["fleet", "Silent", "A"], 1.0),
        single(["fleet", "Critical alarms", "A"], alarms(true, "offgrid")),
        single(["fleet", "Warnings", "A"], alarms(false, "offgrid")),
        single(
            ["fleet", "Lowest voltage", "A"],
            mean("battery.voltage", "offgrid") - SPREAD,
        ),
        single(["fleet", "Lowest state of charge", "A"], charge("offgrid")),
        single(
            ["fleet", "Highest temperature", "A"],
            mean("temperature", "offgrid") + SPREAD,
        ),
        always(["fleet", "Every site", "A"], |_| 1.0).with(&["name"]),
        always(["fleet", "Every site", "B"], |node| {
            f64::from(node != "silent")
        }),
        always(["fleet", "Every site", "C"], age),
        of_site(["fleet", "Every site", "D"], |node| alarms(true, node)),
        of_site(["fleet", "Every site", "E"], |node| alarms(false, node)),
        of_site(["fleet", "Every site", "F"], last_mode),
        quantity(["fleet", "Every site", "G"], "battery.voltage"),
        of_site(["fleet", "Every site", "H"], charge),
        quantity(["fleet", "Every site", "I"], "temperature"),
        always(["fleet", "Every site", "J"], |node| {
            mean("battery.voltage", node) - SPREAD
        }),
        always(["fleet", "Every site", "K"], |node| {
            mean("temperature", node) + SPREAD
        }),
        always(["fleet", "Every site", "L"], |node| {
            energy_of_whole_hours("load.power", node)
        })
        .about(),
        always(["fleet", "Every site", "M"], |node| {
            energy_of_whole_hours("charger.power", node)
        })
        .about(),
        // A silence of a moment shows, too.
        always(["fleet", "Connected sites", "A"], |node| {
            f64::from(node == "offgrid")
        })
        .least(),
        Expectation::new(["fleet", "Alarms", "A"], ALARMED, |_| 1.0).with(&["alarm"]),
        Expectation::new(["fleet", "Mains and charger", "A"], Who::Readings, closed)
            .with(&["relay"]),
        of_site(["fleet", "Modes", "A"], last_mode),
        of_site(["fleet", "Battery voltage, lowest", "A"], |node| {
            mean("battery.voltage", node) - SPREAD
        }),
        of_site(["fleet", "Battery voltage, highest", "A"], highest_voltage).greatest(),
        of_site(["fleet", "Battery temperature, highest", "A"], |node| {
            mean("temperature", node) + SPREAD
        }),
        of_site(["fleet", "State of charge", "A"], charge),
        quantity(["fleet", "Charger current", "A"], "charger.current"),
        quantity(["fleet", "Load power", "A"], "load.power"),
    ]
}

fn site() -> Vec<Expectation> {
    let mut all = vec![
        always(["site", "Connected", "A"], |node| {
            f64::from(node != "silent")
        }),
        always(["site", "Last reading", "A"], age),
        of_site(["site", "Mode now", "A"], last_mode),
        of_site(["site", "Cycle", "A"], last_phase),
        of_site(["site", "Critical alarms", "A"], |node| alarms(true, node)),
        of_site(["site", "Warnings", "A"], |node| alarms(false, node)),
        quantity(["site", "Load now", "A"], "load.power"),
        of_site(["site", "Charge now", "A"], charge),
        Expectation::new(["site", "Alarms", "A"], ALARMED, |_| 1.0).with(&["alarm"]),
        Expectation::new(["site", "Relays", "A"], Who::Readings, closed).with(&["relay"]),
        of_site(["site", "Modes", "A"], last_mode),
        of_site(["site", "Cycle phase", "A"], last_phase),
        quantity(["site", "Voltages", "A"], "battery.voltage"),
        quantity(["site", "Voltages", "B"], "charger.voltage"),
        quantity(["site", "Voltages", "C"], "load.voltage"),
        quantity(["site", "Currents", "A"], "battery.current"),
        quantity(["site", "Currents", "B"], "charger.current"),
        quantity(["site", "Currents", "C"], "load.current"),
        of_site(["site", "Highest currents", "A"], |node| {
            mean("charger.current", node) + SPREAD
        }),
        of_site(["site", "Highest currents", "B"], |node| {
            mean("load.current", node) + SPREAD
        }),
        quantity(["site", "Power", "A"], "charger.power"),
        quantity(["site", "Power", "B"], "load.power"),
        of_site(["site", "Power", "C"], |node| {
            mean("load.power", node) + SPREAD
        }),
        always(["site", "Energy by day", "A"], |node| {
            energy("charger.power", node)
        })
        .about(),
        always(["site", "Energy by day", "B"], |node| {
            energy("load.power", node)
        })
        .about(),
        Expectation::new(["site", "Switchings by day", "A"], Who::Always, |labels| {
            1.0 - closed(labels)
        })
        .with(&["relay"]),
        of_site(["site", "Delay", "A"], |_| 1.5),
        always(["site", "Missing readings", "A"], |_| 40.0),
        went_up(
            ["site", "Lost readings and unreadable messages", "A"],
            Who::Always,
            8.0,
        ),
        went_up(
            ["site", "Lost readings and unreadable messages", "B"],
            Who::Always,
            2.0,
        )
        .with(&["kind"]),
    ];
    all.extend(band("site", "Charger voltage", "charger.voltage"));
    all.extend(band("site", "Load voltage", "load.voltage"));
    all
}

fn battery() -> Vec<Expectation> {
    let mut all = vec![
        of_site(["battery", "Charge now", "A"], charge),
        of_site(["battery", "Missing now", "A"], missing_ah),
        Expectation::new(
            ["battery", "Since it was last full", "A"],
            Who::Only(&["north"]),
            |_| 0.0,
        ),
        quantity(["battery", "Voltage now", "A"], "battery.voltage"),
        quantity(["battery", "Current now", "A"], "battery.current"),
        quantity(["battery", "Temperature now", "A"], "temperature"),
        always(["battery", "Lowest voltage, 24 h", "A"], |node| {
            mean("battery.voltage", node) - SPREAD
        }),
        always(["battery", "Ageing by heat", "A"], |node| {
            ((mean("temperature", node) - 20.0) / 10.0).exp2()
        }),
        of_site(["battery", "State of charge", "A"], charge),
        of_site(["battery", "Missing charge", "A"], missing_ah),
        of_site(["battery", "Cycle phase", "A"], last_phase),
        of_site(["battery", "Charger above battery", "A"], |node| {
            mean("charger.voltage", node) - mean("battery.voltage", node)
        }),
        // The recorded hours end an hour after the readings, and a chart's hour after that.
        always(["battery", "Lowest charge by hour", "A"], charge),
    ];
    for (panel, key) in [
        ("Voltage by hour", "battery.voltage"),
        ("Temperature by hour", "temperature"),
    ] {
        all.extend(band("battery", panel, key).map(|row| row.told(Who::Always)));
    }
    for (panel, key) in [
        ("Voltage", "battery.voltage"),
        ("Current", "battery.current"),
        ("Temperature", "temperature"),
    ] {
        all.extend(band("battery", panel, key));
    }
    // The spike of one sample must be in the band, in the chart of hours as in that of minutes.
    for row in &mut all {
        if matches!(row.place, [_, "Voltage" | "Voltage by hour", "B"]) {
            row.point = Point::Greatest;
            row.figure = Box::new(|labels| highest_voltage(node(labels)));
        }
    }
    all
}

fn bridge() -> Vec<Expectation> {
    let bridge = |panel, letter, figure| single(["bridge", panel, letter], figure);
    let counted = |panel, letter, by| went_up(["bridge", panel, letter], Who::Nobody, by);
    let by_site = |panel, by| went_up(["bridge", panel, "A"], Who::Always, by);
    vec![
        bridge("Broker", "A", 1.0),
        bridge("Bridge", "A", 1.0).with(&["bridge", "version"]),
        bridge("Running for", "A", (END - EVENT_AT) as f64),
        bridge("Store", "A", 1e9),
        bridge("Free on its disk", "A", 2e10),
        bridge("Remote-write", "A", 1.0),
        bridge("Oldest waiting reading", "A", 90.0),
        bridge("Mails that wait", "A", 3.0),
        by_site("Readings", 2.0),
        of_site(["bridge", "Delay", "A"], |_| 1.5),
        always(["bridge", "Missing readings", "A"], |_| 40.0),
        by_site("Lost readings", 8.0),
        by_site("Requests for what is missing", 2.0),
        by_site("Came again", 4.0),
        counted("Unreadable messages", "A", 2.0 * NODES.len() as f64).with(&["kind"]),
        counted("Unreadable messages", "B", 3.0),
        Expectation::new(["bridge", "Alerts", "A"], Who::Only(&["silent"]), |_| 1.0)
            .with(&["alert"]),
        bridge("Store and disk", "A", 1e9),
        bridge("Store and disk", "B", 2e10),
        counted("Failures of the store", "A", 1.0),
        counted("Failures of the store", "B", 2.0),
        counted("Samples written", "A", 5.0),
        bridge("Waiting for remote-write", "A", 12.0),
        // The oldest of the step of a minute.
        bridge("Age of what waits longest", "A", 150.0),
        counted("Given up by remote-write", "A", 6.0).with(&["reason"]),
        counted("Repeated requests", "A", 5.0),
        counted("Mails", "A", 7.0),
        counted("Mails", "B", 1.0),
        bridge("Waiting mails", "A", 3.0),
    ]
}

fn annotations() -> Vec<Expectation> {
    let mut all = vec![
        Expectation::new(["battery", "Cycle phases", "@"], OFF_GRID, |_| 1.0).with(&["phase"]),
        single(["bridge", "Bridge started", "@"], 1.0),
    ];
    for dashboard in ["fleet", "site", "battery"] {
        let mark =
            |name, who, labels| Expectation::new([dashboard, name, "@"], who, |_| 1.0).with(labels);
        all.extend([
            mark("Alarms", ALARMED, &["alarm"]),
            mark("Relays opened", OFF_GRID, &["relay"]),
            mark("Relays closed", Who::Only(&[]), &["relay"]),
            mark("Modes", Who::Only(&["north"]), &["mode"]),
        ]);
    }
    all
}

impl Expectation {
    const fn greatest(mut self) -> Self {
        self.point = Point::Greatest;
        self
    }

    const fn least(mut self) -> Self {
        self.point = Point::Least;
        self
    }

    const fn told(mut self, who: Who) -> Self {
        self.who = who;
        self
    }
}

fn highest_voltage(node: &str) -> f64 {
    match node {
        "north" => SPIKE_VOLTS,
        _ => mean("battery.voltage", node) + SPREAD,
    }
}

/// Age of the last reading at the end.
fn age(node: &str) -> f64 {
    (END - last_reading(node)) as f64
}

/// Energy of all that is known of a power, in Wh.
fn energy(key: &str, node: &str) -> f64 {
    let seconds = last_reading(node) - START;
    mean(key, node) * seconds as f64 / 3600.0
}

/// The same, of the whole hours that were over when the rules were last reckoned, shortly before the end.
fn energy_of_whole_hours(key: &str, node: &str) -> f64 {
    let hours = (last_reading(node).min(END - 1) - START) / 3600;
    mean(key, node) * hours as f64
}
