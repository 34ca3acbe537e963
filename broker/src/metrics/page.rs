//! The page that Prometheus reads.

use std::sync::Arc;

use prometheus::{Encoder, IntGauge, Registry, TextEncoder};

use crate::front::Front;
use crate::places::Places;
use crate::registry::Registry as Sessions;
use crate::session::Services;

/// Counters and, at the moment of asking, gauges.
pub(crate) struct Page {
    pub services: Arc<Services>,
    pub sessions: Arc<Sessions>,
    /// The places of those who are connected.
    pub clients: Arc<Places>,
}

impl Page {
    /// Of that front.
    pub fn of(front: &Front) -> Self {
        Self {
            services: Arc::clone(&front.services),
            sessions: Arc::clone(&front.registry),
            clients: Arc::clone(&front.clients),
        }
    }

    /// The page as it is now.
    pub fn render(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut families = self.services.metrics.registry.gather();
        families.extend(self.gauges()?.gather());
        let mut page = Vec::new();
        TextEncoder::new().encode(&families, &mut page)?;
        Ok(page)
    }

    fn gauges(&self) -> Result<Registry, prometheus::Error> {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str, value: usize| {
            let gauge = IntGauge::new(name, help)?;
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
            registry.register(Box::new(gauge))
        };
        let (messages, bytes) = self.services.inlet.retained_size();
        gauge(
            "releve_broker_clients",
            "Clients connected.",
            self.clients.taken(),
        )?;
        gauge(
            "releve_broker_clients_max",
            "The most clients at the same time.",
            self.services.limits.connections,
        )?;
        gauge(
            "releve_broker_sessions_absent",
            "Sessions kept for clients that are away.",
            self.sessions.parked_count(),
        )?;
        gauge(
            "releve_broker_filter_logs",
            "Topic filters with a log of their own.",
            self.services.router.log_count(),
        )?;
        gauge(
            "releve_broker_retained_messages",
            "Retained messages.",
            messages,
        )?;
        gauge(
            "releve_broker_retained_bytes",
            "Bytes that they take in memory, about.",
            bytes,
        )?;
        if let Some(takes) = self.services.durability.disk_takes() {
            gauge(
                "releve_broker_retained_on_disk",
                "1 while the disk takes retained messages, 0 while they are in memory alone.",
                usize::from(takes),
            )?;
        }
        Ok(registry)
    }
}
