//! Room for messages that came and are not stored yet, in bytes: a few thousand of them are little where they are
//! readings, and a gigabyte where each is as large as a message may be.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rumqttc::v5::mqttbytes::v5::Publish;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tracing::warn;

/// All of it, in bytes.
const BYTES: u32 = 32 << 20;
/// What a message takes besides topic and payload, in bytes.
const BESIDES: usize = 512;
/// How often it is told that there is none left.
const TELL_EVERY: Duration = Duration::from_hours(1);

/// The room. Clones share it.
#[derive(Debug, Clone)]
pub struct Room {
    bytes: Arc<Semaphore>,
    told: Arc<Mutex<Option<Instant>>>,
}

/// A message's place; free again when it is dropped.
pub type Place = OwnedSemaphorePermit;

impl Default for Room {
    fn default() -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(BYTES as usize)),
            told: Arc::default(),
        }
    }
}

impl Room {
    /// Waits for a place for the message; meanwhile nothing is read from the network, and the broker holds further
    /// ones back. `None`: never, which does not happen.
    pub async fn place(&self, message: &Publish) -> Option<Place> {
        let bytes = message.topic.len() + message.payload.len() + BESIDES;
        let bytes = u32::try_from(bytes).unwrap_or(BYTES).min(BYTES);
        if let Ok(place) = Arc::clone(&self.bytes).try_acquire_many_owned(bytes) {
            return Some(place);
        }
        if self.is_news(Instant::now()) {
            let megabytes = BYTES >> 20;
            warn!(
                megabytes,
                "messages of so many bytes wait to be stored; further ones wait at the broker"
            );
        }
        let place = Arc::clone(&self.bytes).acquire_many_owned(bytes).await;
        place.ok()
    }

    fn is_news(&self, now: Instant) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = told.is_none_or(|told| now.duration_since(told) >= TELL_EVERY);
        if is_news {
            *told = Some(now);
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use rumqttc::v5::mqttbytes::QoS;
    use tokio::time::timeout;

    use super::*;

    fn message(bytes: usize) -> Publish {
        let topic = "releve/cabin/event";
        Publish::new(topic, QoS::AtLeastOnce, vec![b'x'; bytes], None)
    }

    #[tokio::test(start_paused = true)]
    async fn large_messages_wait_until_there_is_room_and_small_ones_hardly_take_any() {
        let room = Room::default();
        let mut places = Vec::new();
        for _ in 0..4_096 {
            places.push(room.place(&message(1_500)).await.expect("room"));
        }
        places.clear();
        let large = message(256 << 10);
        let next = async || timeout(Duration::from_secs(1), room.place(&large)).await;
        while let Ok(place) = next().await {
            places.push(place.expect("room"));
            assert!(places.len() < 1_000, "there is no bound");
        }
        assert_eq!(places.len(), 127);
        assert!(!room.is_news(Instant::now()), "it was told");
        places.pop();
        assert!(next().await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn that_there_is_none_left_is_told_once_an_hour() {
        let room = Room::default();
        let now = Instant::now();
        assert!(room.is_news(now));
        assert!(!room.is_news(now + TELL_EVERY / 2));
        assert!(room.is_news(now + TELL_EVERY));
    }

    #[tokio::test]
    async fn no_message_is_too_large_for_ever() {
        let large = message(2 * BYTES as usize);
        assert!(Room::default().place(&large).await.is_some());
    }
}
