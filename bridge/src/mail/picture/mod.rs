//! The picture in a mail: how a site's battery fared in the hours around an alarm.
//!
//! The panels are drawn by `tiny-skia` and lettered by `skrifa`, both in Rust alone, with letters that lie in
//! the program: a server has neither fonts nor a display.

mod canvas;
mod letters;
mod plot;
mod scale;
pub mod series;

use std::sync::Arc;
use std::time::Duration;

use releve_protocol::control::AlarmName;
use releve_protocol::{Language, NodeId, Timestamp};
use tokio::time::timeout;
use tracing::warn;

use self::series::Series;
use super::text::pick;
use crate::alerts::{AlertName, Kind, Notice};
use crate::store::{Reader, StoreError, readings};

/// The longest wait for a picture: a mail goes without one rather than late.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is shown before an alarm.
const BEFORE: Duration = Duration::from_hours(6);
/// What is shown of an alarm that lasts, or lasted for long.
const MOST: Duration = Duration::from_hours(24);
/// What is shown after an end.
const AFTER: Duration = Duration::from_mins(10);

/// A picture, and what it shows in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub png: Vec<u8>,
    /// What it shows.
    pub shows: String,
}

/// What to draw.
#[derive(Debug, Clone)]
pub struct Request {
    /// The second panel: the first shows the battery's voltage.
    pub second: Quantity,
    /// The threshold that the alarm passed, in the panel of its quantity.
    pub threshold: Option<(Quantity, f64)>,
    /// Where the alarm began.
    pub raised: Timestamp,
    /// Where it ended, if it did.
    pub ended: Option<Timestamp>,
    /// The reader's language.
    pub language: Language,
}

/// What a panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The battery's voltage.
    BatteryVoltage,
    /// The charger's current.
    ChargerCurrent,
    /// The current of the loads.
    LoadCurrent,
    /// The temperature at the battery.
    Temperature,
}

impl Quantity {
    /// Its path in the catalog.
    const fn key(self) -> &'static str {
        match self {
            Self::BatteryVoltage => "battery.voltage",
            Self::ChargerCurrent => "charger.current",
            Self::LoadCurrent => "load.current",
            Self::Temperature => "temperature",
        }
    }
}

/// What belongs beside the voltage for that alarm.
const fn second(alarm: AlarmName) -> Quantity {
    match alarm {
        AlarmName::TemperatureHigh
        | AlarmName::TemperatureLimit
        | AlarmName::TemperatureLow
        | AlarmName::TemperatureRising
        | AlarmName::ThermalRunaway => Quantity::Temperature,
        AlarmName::ReserveLow | AlarmName::BatteryDraining | AlarmName::MainsLost => {
            Quantity::LoadCurrent
        }
        _ => Quantity::ChargerCurrent,
    }
}

/// The panel in which the alarm's threshold stands.
const fn measured(alarm: AlarmName) -> Option<Quantity> {
    match alarm {
        AlarmName::TemperatureHigh
        | AlarmName::TemperatureLimit
        | AlarmName::TemperatureLow
        | AlarmName::ThermalRunaway => Some(Quantity::Temperature),
        AlarmName::VoltageHardLimit | AlarmName::BatteryAtFloor => Some(Quantity::BatteryVoltage),
        _ => None,
    }
}

impl Request {
    /// What to draw for a notice; nothing unless it is of a node's alarm.
    #[must_use]
    pub fn of(notice: &Notice, language: Language) -> Option<Self> {
        let AlertName::Alarm(alarm) = notice.key.alert else {
            return None;
        };
        let threshold = measured(alarm).zip(notice.condition.threshold);
        Some(Self {
            second: second(alarm),
            threshold,
            raised: notice.condition.since,
            ended: notice.ended.map(|ended| ended.at),
            language,
        })
    }
}

/// From when to when to draw, in site time, where `newest` is the moment of the newest reading.
fn span(notice: &Notice, newest: Timestamp) -> (Timestamp, Timestamp) {
    let raised = notice.condition.since;
    let to = match (notice.kind, notice.ended) {
        (Kind::Ended, Some(ended)) => newest.min(ended.at.after(AFTER)),
        _ => newest,
    };
    // Of what was told of late, its begin.
    let to = if notice.kind == Kind::Begun {
        to.min(raised.after(BEFORE))
    } else {
        to
    };
    let to = to.max(raised);
    let from = raised.before(BEFORE).max(to.before(MOST));
    (from, to)
}

/// The picture for a notice; none where it has none, or where the store or the drawing does not come in time.
pub async fn of_notice(
    history: &Arc<Reader>,
    notice: &Notice,
    language: Language,
) -> Option<Picture> {
    let request = Request::of(notice, language)?;
    let node = notice.key.node.clone()?;
    let notice = notice.clone();
    let drawn = async {
        let series = collect(history, node, notice).await?;
        let draw = move || draw(&request, &series);
        tokio::task::spawn_blocking(draw)
            .await
            .map_err(|_| StoreError::Stopped)
    };
    match timeout(PATIENCE, drawn).await {
        Ok(Ok(picture)) => picture,
        Ok(Err(problem)) => {
            warn!(%problem, "a mail goes without its picture");
            None
        }
        Err(_) => {
            warn!("a mail goes without its picture, which did not come in time");
            None
        }
    }
}

async fn collect(
    history: &Arc<Reader>,
    node: NodeId,
    notice: Notice,
) -> Result<Series, StoreError> {
    let question = move |connection: &_| {
        let forever = Timestamp::from_unix_millis(i64::MAX);
        let newest = readings::last(connection, &node, forever, 1)?;
        let newest = newest.last().map_or(notice.condition.since, |last| last.at);
        let (from, to) = span(&notice, newest);
        let mut series = Series::between(from, to);
        let behind = to.after(Duration::from_millis(1));
        readings::between(connection, &node, from, behind, |reading| {
            series.take(&reading)
        })?;
        Ok(series)
    };
    history.ask(question).await
}

/// Draws; nothing where there are too few readings for a line.
#[must_use]
pub fn draw(request: &Request, series: &Series) -> Option<Picture> {
    let png = plot::draw(request, series)?;
    let shows = shows(request);
    Some(Picture { png, shows })
}

fn shows(request: &Request) -> String {
    match request.second {
        Quantity::ChargerCurrent => pick(
            request.language,
            "Chart: battery voltage and charger current in the hours around the alarm",
            "Graphique : tension de la batterie et courant du chargeur autour de l’alarme",
        ),
        Quantity::LoadCurrent => pick(
            request.language,
            "Chart: battery voltage and load current in the hours around the alarm",
            "Graphique : tension de la batterie et courant des consommateurs autour de l’alarme",
        ),
        Quantity::BatteryVoltage | Quantity::Temperature => pick(
            request.language,
            "Chart: battery voltage and temperature in the hours around the alarm",
            "Graphique : tension et température de la batterie autour de l’alarme",
        ),
    }
}

#[cfg(test)]
mod tests;
