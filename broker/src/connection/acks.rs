//! Acknowledgements that wait until what they acknowledge is on disk.
//!
//! They leave in the order of the publishes, which the standard asks for, so one that waits holds back those
//! behind it.

use std::collections::VecDeque;

use rumqttd::protocol::{PubAckReason, QoS};
use tokio::time::Instant;

use crate::retained::{Durability, PATIENCE};

/// The answer to one publish.
#[derive(Debug)]
pub(super) struct Ack {
    pub packet_id: u16,
    pub qos: QoS,
    pub reason: PubAckReason,
    pub why: String,
    /// The change in the retained store that must be written before; 0 for none.
    sequence: u64,
    /// When it leaves, written or not.
    due: Instant,
}

/// Those that have not left.
#[derive(Debug, Default)]
pub(super) struct Acks {
    waiting: VecDeque<Ack>,
}

impl Ack {
    /// The publish was taken, with that change in the retained store.
    pub fn taken(packet_id: u16, qos: QoS, sequence: u64) -> Self {
        Self {
            packet_id,
            qos,
            reason: PubAckReason::Success,
            why: String::new(),
            sequence,
            due: Instant::now() + PATIENCE,
        }
    }

    /// It was not.
    pub fn refused(packet_id: u16, qos: QoS, reason: PubAckReason, why: String) -> Self {
        Self {
            reason,
            why,
            ..Self::taken(packet_id, qos, 0)
        }
    }
}

impl Acks {
    /// One more.
    pub fn push(&mut self, ack: Ack) {
        self.waiting.push_back(ack);
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// When the first leaves at the latest, if any waits.
    pub fn due(&self) -> Option<Instant> {
        self.waiting.front().map(|ack| ack.due)
    }

    /// The next one that may leave.
    pub fn next(&mut self, durability: &Durability, now: Instant) -> Option<Ack> {
        let first = self.waiting.front()?;
        if !durability.may_tell(first.sequence) {
            if now < first.due {
                return None;
            }
            durability.give_up_waiting(first.sequence);
        }
        self.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_the_disk_holds_back_what_follows() {
        let durability = Durability::of_a_disk();
        let mut acks = Acks::default();
        for (packet_id, sequence) in [(1, 0), (2, 1), (3, 0)] {
            acks.push(Ack::taken(packet_id, QoS::AtLeastOnce, sequence));
        }
        let now = Instant::now();
        let next = |acks: &mut Acks, now| acks.next(&durability, now).map(|ack| ack.packet_id);
        assert_eq!(next(&mut acks, now), Some(1));
        assert_eq!(next(&mut acks, now), None);
        let due = acks.due().unwrap();
        assert_eq!(
            next(&mut acks, due),
            Some(2),
            "a disk that stalls ends the waiting"
        );
        assert_eq!(next(&mut acks, now), Some(3));
        acks.push(Ack::taken(4, QoS::AtLeastOnce, 2));
        assert_eq!(next(&mut acks, now), Some(4), "and for everybody");
        assert_eq!((acks.len(), acks.due()), (0, None));
    }
}
