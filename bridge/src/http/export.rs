//! Files for spreadsheets: written piece by piece, whatever their length, as fast as they are fetched.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use releve_protocol::language::Language;
use releve_protocol::{NodeId, Timestamp};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::timeout;
use tracing::error;

use super::Served;
use super::csv::Csv;
use super::from_prometheus::HistoryServer;
use super::history::of_buckets;
use super::parameters::{Parameters, Stretch};
use super::point::Point;
use super::questions::{OfNode, ask, ask_elsewhere};
use super::refusal::Refusal;
use crate::spans::{DAY_MS, FIVE_MINUTES_MS, HOUR_MS};
use crate::store::events::{self, Cursor, Wanted};
use crate::store::history::{self, Grid};
use crate::store::{StoreError, readings};

/// Without a beginning a file tells of 30 days, ms.
const USUAL: i64 = 30 * DAY_MS;
/// Rows of a piece.
const ROWS: usize = 1_000;
/// Buckets that are looked for in one go.
const BUCKETS: usize = 2_000;
/// Pieces that wait to be fetched.
const PIECES: usize = 2;
/// Whoever fetches nothing for so long has gone.
const PATIENCE: Duration = Duration::from_mins(1);

const LANGUAGES: [(&str, Language); 2] = [("en", Language::English), ("fr", Language::French)];

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    /// Readings behind this one (moment and row).
    Readings { behind: (i64, i64) },
    /// Buckets of that step from there on.
    Buckets { step: i64, from: i64 },
    /// Events before this one.
    Events { before: Option<Cursor> },
}

/// A file that is being written.
struct File {
    served: Served,
    node: NodeId,
    stretch: Stretch,
    csv: Csv,
    /// Who is asked for readings and buckets, if not the store.
    history_from: Option<Arc<HistoryServer>>,
    /// What is still to be written; `None` once nothing is.
    rest: Option<Rows>,
}

/// `GET /api/v1/nodes/<node>/readings.csv`
pub async fn readings(
    State(served): State<Served>,
    Path(node): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let parameters = Parameters::of(&uri, &["from", "to", "resolution", "language"])?;
    let of = OfNode::find(&served, &node).await?;
    let stretch = of.stretch(&parameters, USUAL)?;
    let raw = Rows::Readings {
        behind: (stretch.from, i64::MIN),
    };
    let buckets = |step| Rows::Buckets {
        step,
        from: stretch.from,
    };
    let resolutions = [
        ("raw", raw),
        ("5m", buckets(FIVE_MINUTES_MS)),
        ("1h", buckets(HOUR_MS)),
    ];
    let rows = one(&parameters, "resolution", &resolutions, resolutions[1].1)?;
    let resolution = resolutions.iter().find(|(_, those)| *those == rows);
    let what = resolution.map_or("", |(name, _)| name);
    let csv = Csv::new(one(&parameters, "language", &LANGUAGES, Language::English)?);
    let name = file_name(&of.node, what, stretch);
    let history_from = of.history_from(&served).cloned();
    if let Some(server) = &history_from {
        ask_elsewhere(&served, server.answers()).await?;
    }
    let file = File {
        history_from,
        served: served.clone(),
        node: of.node,
        stretch,
        csv,
        rest: Some(rows),
    };
    send(&served, name, csv.header(), file)
}

/// `GET /api/v1/nodes/<node>/events.csv`
pub async fn events(
    State(served): State<Served>,
    Path(node): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let parameters = Parameters::of(&uri, &["from", "to", "language"])?;
    let of = OfNode::find(&served, &node).await?;
    let stretch = of.stretch_of_events(&served, &parameters, USUAL).await?;
    let csv = Csv::new(one(&parameters, "language", &LANGUAGES, Language::English)?);
    let name = file_name(&of.node, "events", stretch);
    let file = File {
        history_from: None,
        served: served.clone(),
        node: of.node,
        stretch,
        csv,
        rest: Some(Rows::Events { before: None }),
    };
    send(&served, name, csv.header_of_events(), file)
}

/// The one word of that parameter, or the usual one.
fn one<T: Copy>(
    parameters: &Parameters,
    name: &str,
    known: &[(&str, T)],
    usual: T,
) -> Result<T, Refusal> {
    match parameters.words(name, known)?.as_deref() {
        None => Ok(usual),
        Some([one]) => Ok(*one),
        Some(_) => Err(Refusal::senseless(format!("{name}: give one of them."))),
    }
}

/// Names of nodes are letters, digits, `_` and `-`: nothing in it needs to be quoted.
fn file_name(node: &NodeId, what: &str, stretch: Stretch) -> String {
    let moment = |ms: i64| {
        let text = Timestamp::from_unix_millis(ms).to_string();
        let seconds = text.split('.').next().unwrap_or_default();
        seconds.replace([':', '-'], "")
    };
    let (from, to) = (moment(stretch.from), moment(stretch.to));
    format!("releve-{node}-{what}-{from}Z-{to}Z.csv")
}

fn send(served: &Served, name: String, header: Vec<u8>, file: File) -> Result<Response, Refusal> {
    let place = served.questions.file_place()?;
    let (pieces, receiver) = mpsc::channel(PIECES);
    tokio::spawn(file.write(header, pieces, place));
    let body = stream::unfold(receiver, async |mut receiver| {
        Some((receiver.recv().await?, receiver))
    });
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    headers.insert(CONTENT_TYPE, kind);
    if let Ok(disposition) = format!("attachment; filename=\"{name}\"").parse() {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    Ok((headers, Body::from_stream(body)).into_response())
}

impl File {
    /// Writes until nothing is left, or nobody fetches it.
    async fn write(
        mut self,
        header: Vec<u8>,
        pieces: mpsc::Sender<io::Result<Bytes>>,
        _place: OwnedSemaphorePermit,
    ) {
        let mut piece = Ok(Bytes::from(header));
        loop {
            let is_last = piece.is_err() || self.rest.is_none();
            let sent = async { pieces.send(piece).await.is_ok() };
            let sent = tokio::select! {
                sent = timeout(PATIENCE, sent) => sent.unwrap_or(false),
                () = self.served.stop.cancelled() => false,
            };
            if !sent || is_last {
                return;
            }
            // Without an end that is right, whoever fetches it sees that it is not whole.
            piece = self.piece().await.map_err(io::Error::other);
        }
    }

    /// The next rows.
    async fn piece(&mut self) -> Result<Bytes, String> {
        let Some(rest) = self.rest.take() else {
            return Ok(Bytes::new());
        };
        let asked = match self.history_from.clone() {
            Some(server) => self.asked_elsewhere(&server, rest).await,
            None => self.stored(rest).await,
        };
        let (bytes, rest) = asked.map_err(|refusal| {
            error!(%refusal, "a file is not written to its end");
            refusal.to_string()
        })?;
        self.rest = rest;
        Ok(Bytes::from(bytes))
    }

    async fn stored(&self, which: Rows) -> Result<(Vec<u8>, Option<Rows>), Refusal> {
        let (node, csv, stretch) = (self.node.clone(), self.csv, self.stretch);
        let asked = ask(&self.served, move |connection| {
            history::at_one_moment(connection, |moment| {
                rows(moment, &node, stretch, which, csv)
            })
        });
        asked.await
    }

    async fn asked_elsewhere(
        &self,
        server: &HistoryServer,
        which: Rows,
    ) -> Result<(Vec<u8>, Option<Rows>), Refusal> {
        let to = self.stretch.to;
        let (points, rest) = match which {
            Rows::Readings { behind: (from, _) } => {
                let asked = server.first_readings(&self.node, Stretch { from, to });
                let (points, rest) = ask_elsewhere(&self.served, asked).await?;
                let rest = rest.map(|from| Rows::Readings {
                    behind: (from, i64::MIN),
                });
                (points, rest)
            }
            Rows::Buckets { step, from } => {
                let (grid, rest) = next_buckets(step, from, to);
                let asked = server.buckets(&self.node, grid);
                (ask_elsewhere(&self.served, asked).await?, rest)
            }
            // No such server knows of them.
            Rows::Events { .. } => return self.stored(which).await,
        };
        let mut out = Vec::new();
        for point in &points {
            self.csv.point(point, &mut out);
        }
        Ok((out, rest))
    }
}

/// Buckets of that step from there on, and what is then still to be written.
fn next_buckets(step: i64, from: i64, to: i64) -> (Grid, Option<Rows>) {
    let mut grid = Grid::around(from, to, step);
    let is_rest = grid.count > BUCKETS;
    grid.count = grid.count.min(BUCKETS);
    let rest = is_rest.then_some(Rows::Buckets {
        step,
        from: grid.end(),
    });
    (grid, rest)
}

/// The next rows, and what is then still to be written.
fn rows(
    connection: &Connection,
    node: &NodeId,
    stretch: Stretch,
    which: Rows,
    csv: Csv,
) -> Result<(Vec<u8>, Option<Rows>), StoreError> {
    let mut out = Vec::new();
    let rest = match which {
        Rows::Readings { behind } => {
            let found = readings::page(connection, node, behind, stretch.to, ROWS)?;
            for reading in &found {
                csv.point(&Point::from(reading), &mut out);
            }
            let last = found.last().filter(|_| found.len() == ROWS);
            last.map(|last| Rows::Readings {
                behind: (last.at.as_unix_millis(), last.number),
            })
        }
        Rows::Buckets { step, from } => {
            let (grid, rest) = next_buckets(step, from, stretch.to);
            let buckets = history::buckets(connection, node, grid)?;
            for point in of_buckets(connection, grid, &buckets)? {
                csv.point(&point, &mut out);
            }
            rest
        }
        Rows::Events { before } => {
            let wanted = Wanted {
                from: stretch.from,
                to: stretch.to,
                kinds: Vec::new(),
                before,
                most: ROWS,
            };
            let page = events::newest(connection, node, &wanted)?;
            for mut event in page.events {
                let mut text = |name: &str| {
                    let value = event.remove(name).unwrap_or_default();
                    value.as_str().unwrap_or_default().to_owned()
                };
                let (at, kind) = (text("at"), text("event"));
                let details = serde_json::to_string(&event)?;
                csv.event(&at, &kind, &details, &mut out);
            }
            let next = page.next;
            next.map(|next| Rows::Events { before: Some(next) })
        }
    };
    Ok((out, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::store::{Opened, Record, Store};

    /// The moments in the first column of a whole file, and the pieces in which it came.
    fn file(store: &Store, stretch: Stretch, mut which: Rows) -> (Vec<String>, usize) {
        let csv = Csv::new(Language::English);
        let (mut moments, mut pieces) = (Vec::new(), 0);
        loop {
            let node = samples::node();
            let ask = |connection: &Connection| rows(connection, &node, stretch, which, csv);
            let (bytes, rest) = store.reader().read(ask).expect("rows");
            let text = String::from_utf8(bytes).expect("UTF-8");
            moments.extend(
                text.lines()
                    .filter_map(|line| Some(line.split(',').next()?.to_owned())),
            );
            pieces += 1;
            match rest {
                Some(rest) => which = rest,
                None => return (moments, pieces),
            }
        }
    }

    #[tokio::test]
    async fn pieces_make_a_whole_file() {
        let Opened { store, .. } = Store::open(None).expect("a store");
        let count = 2 * ROWS as u64 + 7;
        let record = |seq| Record::Reading {
            node: samples::node(),
            reading: Box::new(samples::reading("a", seq)),
            accelerated: true,
        };
        let records = (1..=count).map(record).collect();
        store.write(Arc::new(records), None).await.expect("written");
        let at = |seq| samples::reading("a", seq).at.as_unix_millis();
        let stretch = Stretch {
            from: at(1),
            to: at(count),
        };
        let raw = Rows::Readings {
            behind: (stretch.from, i64::MIN),
        };
        let (moments, pieces) = file(&store, stretch, raw);
        let expected: Vec<_> = (1..count)
            .map(|seq| samples::reading("a", seq).at.to_string())
            .collect();
        assert_eq!((moments, pieces), (expected, 3));

        // Four empty pieces before, and each bucket once.
        let step = FIVE_MINUTES_MS;
        let from = stretch.from - 4 * BUCKETS as i64 * step;
        let (moments, pieces) = file(
            &store,
            Stretch { from, ..stretch },
            Rows::Buckets { step, from },
        );
        assert!(moments.is_sorted() && pieces == 5, "{pieces}");
        let buckets = Grid::around(stretch.from - 1, stretch.to, step).count;
        assert_eq!(moments.len(), buckets);
    }
}
