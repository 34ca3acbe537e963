//! The shell: one loop that samples, lets the core decide, switches, and publishes.

mod records;

use std::time::Duration;

use releve_control::sample::Sample;
use releve_control::snapshot::Snapshot;
use releve_control::{Monotonic, Rejection};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, info, info_span, warn};

use crate::clock::{Now, SiteClock, SiteTime};
use crate::config::NodeConfig;
use crate::core::{CommandMessage, Core, LEAST_GAP, Publication};
use crate::journal::keeper::Keeper;
use crate::log_throttle::LogThrottle;
use crate::mqtt::{self, FromBroker, Link};
use crate::relays::{RelayBoard, Switch};
use crate::sensors::Sensors;
use crate::snapshot::Recorder;
use crate::supervisor::Supervisor;
use crate::wake::{Awake, wake};
use records::report_of;

/// How much news from the broker is taken at once; then it is the samples' turn again.
const NEWS_AT_ONCE: usize = 16;
/// One message of records sent again, beside live data: up to 400 records a second.
const BACKLOG_EVERY: Duration = Duration::from_millis(50);
/// How long the broker may take to let a stopping node go.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long the disk may take for the last snapshot.
const LAST_WRITE: Duration = Duration::from_secs(2);
/// How often messages that found no room are reported.
const REPORT_EVERY: Duration = Duration::from_mins(1);

/// The node cannot run, or did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The controller cannot follow the configuration.
    #[error("the site's configuration cannot be followed: {0}")]
    Configuration(String),
    /// The node has run, and the relay board refused at its end.
    #[error("the relays could not be left safe: look where they stand, and run relays-safe")]
    RelaysNotSafe,
}

impl From<Rejection> for RunError {
    fn from(rejection: Rejection) -> Self {
        Self::Configuration(rejection.reason)
    }
}

/// Runs a node until `shutdown`; then leaves the relays safe, says goodbye to the broker and returns.
///
/// The broker may be away at any time, from the start on. If the task is dropped or panics, the
/// relays are left safe all the same.
///
/// # Errors
/// If the configuration contradicts itself; nothing was switched then. And at its end, if the relay board
/// did not take the safe positions.
pub async fn run(
    config: NodeConfig,
    sensors: impl Sensors,
    board: impl RelayBoard,
    clock: SiteClock,
    supervisor: Supervisor,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let span = info_span!("site", node = %config.node);
    run_in_span(config, sensors, board, clock, supervisor, shutdown)
        .instrument(span)
        .await
}

async fn run_in_span(
    config: NodeConfig,
    sensors: impl Sensors,
    board: impl RelayBoard,
    clock: SiteClock,
    supervisor: Supervisor,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let sample_period = config.control.window / config.control.samples_per_window.max(1);
    let Awake {
        core,
        recorder,
        keeper,
        starts,
        time,
    } = wake(&config, clock).await?;
    info!("started, at {} times real time", clock.speed());
    let (sender, inbox) = mpsc::channel(mqtt::INBOX);
    let stop_connecting = CancellationToken::new();
    // Ends with this task, whatever ends it: nobody may stay `online` without a control loop.
    let connection =
        mqtt::keep_connected(config.node, config.broker, sender, stop_connecting.clone());
    let connection = AbortOnDropHandle::new(tokio::spawn(connection.in_current_span()));
    let mut shell = Shell {
        core,
        due: clock.now().monotonic.after(sample_period),
        fast_due: None,
        time,
        sensors,
        switch: Switch::new(board),
        link: None,
        recorder,
        keeper,
        overflow: LogThrottle::new(REPORT_EVERY),
        supervisor,
    };
    shell.work(inbox, sample_period, &shutdown).await;
    let left_safe = shell.switch.leave_safe();
    // Before anything that may take time.
    shell.supervisor.stopping();
    let now = shell.now();
    let last = shell.core.last_transient(now);
    shell.write_and_publish(last);
    while let Some(more) = shell.core.last_records(now) {
        shell.write_and_publish(more);
    }
    shell.core.report_what_waits();
    shell.write_last_records().await;
    if let Some(starts) = starts {
        // Left behind, it counts a start too many.
        let _ = timeout(LAST_WRITE, spawn_blocking(move || starts.ended_in_order())).await;
    }
    let Shell {
        core,
        link,
        recorder,
        ..
    } = shell;
    if let Some(recorder) = recorder {
        recorder
            .finish(core.last_snapshot(left_safe), LAST_WRITE)
            .await;
    }
    if let Some(link) = link
        && let Err(error) = link
            .publish(core.stopping())
            .and_then(|()| link.disconnect())
    {
        warn!("could not say goodbye to the broker, its last will does: {error}");
    }
    stop_connecting.cancel();
    if timeout(GOODBYE, connection).await.is_err() {
        warn!("the broker did not let go in {GOODBYE:?}");
    }
    if left_safe {
        Ok(())
    } else {
        Err(RunError::RelaysNotSafe)
    }
}

struct Shell<S, B: RelayBoard> {
    core: Core,
    time: SiteTime,
    /// When the next sample is due.
    due: Monotonic,
    /// When a fast sample is due before it.
    fast_due: Option<Monotonic>,
    sensors: S,
    switch: Switch<B>,
    link: Option<Link>,
    recorder: Option<Recorder<Snapshot>>,
    keeper: Option<Keeper>,
    overflow: LogThrottle,
    supervisor: Supervisor,
}

impl<S: Sensors, B: RelayBoard> Shell<S, B> {
    async fn work(
        &mut self,
        mut inbox: mpsc::Receiver<FromBroker>,
        sample_period: Duration,
        shutdown: &CancellationToken,
    ) {
        // What an earlier run has left may hold the charger open: not only from the first sample on.
        self.step(None, Vec::new());
        self.look_ahead();
        let mut backlog_tick = interval(BACKLOG_EVERY);
        backlog_tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep_until(self.time.clock().instant_of(self.next_due())) => {
                    self.take_sample(sample_period);
                }
                Some(news) = inbox.recv() => self.take(batch(news, &mut inbox)),
                report = report_of(&mut self.keeper) => self.disk_reports(report),
                () = backlog_due(&mut backlog_tick, self.link.is_some() && self.core.has_backlog()) => {
                    self.send_backlog();
                }
            }
        }
    }

    fn now(&mut self) -> Now {
        self.time.now_until(self.next_due())
    }

    /// When the next sample is due, fast or ordinary.
    fn next_due(&self) -> Monotonic {
        self.fast_due.unwrap_or(self.due)
    }

    /// Takes the sample that is due.
    fn take_sample(&mut self, sample_period: Duration) {
        if self.fast_due.is_some() {
            self.fast_sample();
        } else {
            self.sample();
            self.due = self.time.clock().next_due(self.due, sample_period);
        }
        self.look_ahead();
    }

    /// When the next fast sample is due.
    fn look_ahead(&mut self) {
        let now = self.now();
        self.fast_due = self.core.next_fast_sample(now.monotonic, self.due);
    }

    /// Takes a fast sample, unless it has become too late for the ordinary one to follow in its time.
    fn fast_sample(&mut self) {
        let now = self.now();
        if self.due.since(now.monotonic) < LEAST_GAP {
            return;
        }
        let sample = self.sensors.sample_circuits(now.monotonic);
        let now = self.now();
        let publications = self.core.fast_sample(&sample, now);
        if !publications.is_empty() {
            self.write_and_publish(publications);
        }
    }

    fn sample(&mut self) {
        let now = self.now();
        self.look_at_the_disk();
        let sample = self.switch.complete(self.sensors.sample(now.monotonic));
        self.step(Some(&sample), Vec::new());
        self.supervisor.tick_complete();
    }

    /// Takes news from the broker; commands that came together are carried out in one step.
    fn take(&mut self, batch: Vec<FromBroker>) {
        let mut commands = Vec::new();
        for news in batch {
            match news {
                FromBroker::Command(command) => commands.push(*command),
                other => {
                    // What came before it belongs to before it.
                    self.carry_out(std::mem::take(&mut commands));
                    self.connection_changed(other);
                }
            }
        }
        self.carry_out(commands);
    }

    fn carry_out(&mut self, commands: Vec<CommandMessage>) {
        if !commands.is_empty() {
            self.step(None, commands);
            // An edge is followed from its first moment on.
            self.look_ahead();
        }
    }

    fn step(&mut self, sample: Option<&Sample>, commands: Vec<CommandMessage>) {
        let now = self.now();
        let decided = self.core.decide(sample, commands, now);
        let board = self.switch.apply(decided.relays(), self.core.safe_relays());
        let happened = decided.happened();
        let publications = self.core.conclude(decided, &board, now);
        if let Some(recorder) = &mut self.recorder
            && recorder.is_due(happened)
        {
            recorder.record(self.core.snapshot());
        }
        self.write_and_publish(publications);
    }

    fn connection_changed(&mut self, news: FromBroker) {
        let now = self.now();
        let publications = match news {
            FromBroker::Connected(link) => {
                self.link = Some(link);
                self.core.connected(now)
            }
            FromBroker::HomeAssistantStarted => self.core.home_assistant_started(now),
            FromBroker::Disconnected => {
                self.link = None;
                return;
            }
            FromBroker::Command(_) => return,
        };
        self.write_and_publish(publications);
    }

    /// Hands messages to the connection. Without one they are not sent: what must not be lost is in
    /// the journal, and what is retained is published anew after the next connection.
    fn publish(&mut self, publications: Vec<Publication>) {
        let Some(link) = &self.link else {
            return;
        };
        for publication in publications {
            let (topic, retain) = (publication.topic.clone(), publication.retain);
            let Err(error) = link.publish(publication) else {
                continue;
            };
            if retain {
                self.core.retained_not_sent();
            }
            if let Some(again) = self.overflow.occurred() {
                warn!("{topic} was not published: {error}{again}");
            }
        }
    }
}

/// That news and what came right behind it, at most [`NEWS_AT_ONCE`]: whatever the broker floods this
/// node with, sampling goes on.
fn batch(first: FromBroker, inbox: &mut mpsc::Receiver<FromBroker>) -> Vec<FromBroker> {
    let mut batch = vec![first];
    while batch.len() < NEWS_AT_ONCE
        && let Ok(news) = inbox.try_recv()
    {
        batch.push(news);
    }
    batch
}

/// The next tick while records wait to be sent again; for ever otherwise.
async fn backlog_due(tick: &mut Interval, waiting: bool) {
    if waiting {
        tick.tick().await;
    } else {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_of_any_news_is_taken_in_parts() {
        let (sender, mut inbox) = mpsc::channel(mqtt::INBOX);
        for _ in 0..mqtt::INBOX {
            // Anybody may say that Home Assistant has started.
            sender
                .try_send(FromBroker::HomeAssistantStarted)
                .expect("room");
        }
        let first = inbox.recv().await.expect("news");
        assert_eq!(batch(first, &mut inbox).len(), NEWS_AT_ONCE);
        assert_eq!(inbox.len(), mqtt::INBOX - NEWS_AT_ONCE);
    }
}
