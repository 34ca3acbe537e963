//! The bounds of the configuration file.

use std::ops::RangeInclusive;
use std::time::Duration;

use releve_files::{Refusal, Source};
use toml::Spanned;

use super::document::LimitsEntries;
use crate::config::Limits;

/// Where nobody says otherwise one user may have this part of what all may have.
const PARTS: usize = 4;

/// The bounds that the entries ask for; the default ones where they do not.
pub(super) fn limits(entries: &LimitsEntries, source: Source<'_>) -> Result<Limits, Refusal> {
    let plain = Limits::default();
    let number = |name, entry: &Option<Spanned<u64>>, range, default: usize| {
        let number = within(name, entry, range, source)?;
        Ok::<_, Refusal>(number.map_or(default, |number| {
            usize::try_from(number).unwrap_or(usize::MAX)
        }))
    };
    let megabytes = |name, entry, range, default: usize| {
        Ok::<_, Refusal>(number(name, entry, range, default >> 20)? << 20)
    };
    let in_flight = within(
        "in_flight_messages",
        &entries.in_flight_messages,
        1..=1000,
        source,
    )?;
    let handshake_time = within(
        "handshake_seconds",
        &entries.handshake_seconds,
        1..=60,
        source,
    )?;
    let session_hours = within("session_hours", &entries.session_hours, 0..=8760, source)?;
    let connections = number(
        "connections",
        &entries.connections,
        1..=20_000,
        plain.connections,
    )?;
    let filter_logs = number(
        "filter_logs",
        &entries.filter_logs,
        1..=10_000,
        plain.filter_logs,
    )?;
    let parked_sessions = number(
        "absent_sessions",
        &entries.absent_sessions,
        0..=20_000,
        plain.parked_sessions,
    )?;
    Ok(Limits {
        connections,
        // A client that comes back takes its second place before it gives up its first.
        connections_of_a_user: number(
            "connections_of_a_user",
            &entries.connections_of_a_user,
            2..=20_000,
            // Where there are few places in all, one user's few browsers have room.
            connections.div_ceil(PARTS).max(16).min(connections.max(2)),
        )?,
        handshakes: number(
            "handshakes",
            &entries.handshakes,
            4..=10_000,
            plain.handshakes,
        )?,
        handshake_time: handshake_time.map_or(plain.handshake_time, Duration::from_secs),
        packet_bytes: number(
            "packet_kilobytes",
            &entries.packet_kilobytes,
            16..=65_536,
            plain.packet_bytes >> 10,
        )? << 10,
        in_flight: in_flight
            .and_then(|number| u16::try_from(number).ok())
            .unwrap_or(plain.in_flight),
        subscriptions: number(
            "subscriptions_of_a_client",
            &entries.subscriptions_of_a_client,
            1..=10_000,
            plain.subscriptions,
        )?,
        filter_logs,
        filter_logs_of_a_user: number(
            "filter_logs_of_a_user",
            &entries.filter_logs_of_a_user,
            1..=10_000,
            filter_logs.div_ceil(PARTS),
        )?,
        // The router drops by the megabyte, so less than two would keep nothing.
        log_bytes: megabytes(
            "queue_megabytes",
            &entries.queue_megabytes,
            2..=1024,
            plain.log_bytes,
        )?,
        retained_messages: number(
            "retained_messages",
            &entries.retained_messages,
            1..=1_000_000,
            plain.retained_messages,
        )?,
        retained_bytes: megabytes(
            "retained_megabytes",
            &entries.retained_megabytes,
            1..=4096,
            plain.retained_bytes,
        )?,
        retained_disk_bytes: megabytes(
            "retained_disk_megabytes",
            &entries.retained_disk_megabytes,
            1..=65_536,
            plain.retained_disk_bytes,
        )?,
        parked_sessions,
        parked_sessions_of_a_user: number(
            "absent_sessions_of_a_user",
            &entries.absent_sessions_of_a_user,
            0..=20_000,
            parked_sessions.div_ceil(PARTS),
        )?,
        session_expiry: session_hours.map_or(plain.session_expiry, Duration::from_hours),
        ..plain
    })
}

fn within(
    name: &str,
    entry: &Option<Spanned<u64>>,
    range: RangeInclusive<u64>,
    source: Source<'_>,
) -> Result<Option<u64>, Refusal> {
    let Some(entry) = entry else {
        return Ok(None);
    };
    let number = *entry.get_ref();
    if range.contains(&number) {
        return Ok(Some(number));
    }
    let (least, most) = (range.start(), range.end());
    Err(source.refuse(
        Some(entry.span()),
        format!("limits.{name} must lie between {least} and {most}; {number} does not"),
    ))
}
