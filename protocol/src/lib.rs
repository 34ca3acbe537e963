//! The MQTT contract of Releve, version 1: topics and payloads as types.
//!
//! `docs/mqtt.md` is the same contract for people; `golden/` holds one example of every payload,
//! and the tests hold page, examples and types against each other. The words inside the payloads
//! (relays, modes, alarms …) are those of `releve_control`.

pub mod alarm_measure;
pub mod availability;
pub mod backlog;
pub mod bridge_state;
pub mod catalog;
pub mod command;
pub mod connection;
pub mod decode;
pub mod event;
pub mod home_assistant;
pub mod info;
pub mod journal;
pub mod language;
pub mod node_id;
pub mod reading;
pub mod result;
pub mod state;
pub mod timestamp;
pub mod topic;

pub use alarm_measure::{AlarmMeasure, Side, alarm_measure};
pub use availability::Availability;
pub use backlog::{Backlog, Records};
pub use bridge_state::{BridgeState, HeldAlert, Mail, SilencedSite};
pub use decode::{DecodeError, decode};
pub use event::EventRecord;
pub use info::Info;
pub use journal::{Epoch, Stream};
pub use language::Language;
pub use node_id::NodeId;
pub use reading::Reading;
pub use releve_control as control;
pub use result::{CommandResult, Status};
pub use state::State;
pub use timestamp::Timestamp;
pub use topic::Topic;

/// Version of the payloads; the field `v` of each.
pub const VERSION: u32 = 1;
