//! A rival on a broker of its own, and the waits of the benches.

use std::time::{Duration, Instant};

use releve_broker::Broker;
use tempfile::TempDir;
use tokio::time::{Interval, MissedTickBehavior};

use super::process::Process;
use super::publisher::Publisher;
use super::rivals::{Outcome, Rival, Running};
use super::sinks::Sinks;

/// Prometheus asks so often, as in `deploy/prometheus/`.
const SCRAPE_EVERY: Duration = Duration::from_secs(15);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// A rival that runs, with everything that it needs.
pub struct Stage {
    /// The rival.
    pub running: Running,
    /// Its process.
    pub process: Process,
    broker: Broker,
    _sinks: Sinks,
    _folder: TempDir,
}

impl Stage {
    /// Starts the rival and waits until it has its subscriptions.
    pub async fn set(rival: Rival) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let sinks = Sinks::start().await?;
        let address = ([127, 0, 0, 1], 0).into();
        let broker = releve_broker::start(releve_broker::Config::new(address)).await?;
        let running = rival.start(broker.tcp_addr(), folder.path(), &sinks)?;
        let stage = Self {
            process: Process(running.process()),
            running,
            broker,
            _sinks: sinks,
            _folder: folder,
        };
        stage
            .until("a subscription", |page| stage.running.is_ready(page))
            .await?;
        // The exporter does not tell whether it has subscribed.
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(stage)
    }

    /// Publishes, and scrapes meanwhile as Prometheus would.
    pub async fn publish<F>(&self, publish: F) -> Outcome<()>
    where
        F: FnOnce(&mut Publisher) -> Outcome<()> + Send + 'static,
    {
        let at = self.broker.tcp_addr();
        let publishing = tokio::task::spawn_blocking(move || {
            let mut publisher = Publisher::connect(at).map_err(|error| error.to_string())?;
            publish(&mut publisher).map_err(|error| error.to_string())?;
            publisher.finish().map_err(|error| error.to_string())
        });
        let mut publishing = std::pin::pin!(publishing);
        let mut scrapes = scrapes();
        loop {
            tokio::select! {
                published = &mut publishing => return Ok(published??),
                _ = scrapes.tick() => drop(self.running.scrape().await?),
            }
        }
    }

    /// Asks for the page until it is as it should be.
    pub async fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> Outcome<()> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Ok(page) = self.running.scrape().await
                && is_so(&page)
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let taken = self.running.taken(&self.running.scrape().await?);
        Err(format!("no {what} in {PATIENCE:?}: it has {taken} readings").into())
    }

    /// Ends the rival and its broker.
    pub async fn clear(self) {
        drop(self.running);
        self.broker.stop().await;
    }
}

fn scrapes() -> Interval {
    let mut scrapes = tokio::time::interval(SCRAPE_EVERY);
    scrapes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    scrapes
}
