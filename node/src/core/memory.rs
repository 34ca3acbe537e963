//! The commands that were carried out, by their ids, so that none is carried out twice.

use std::collections::VecDeque;

use releve_control::{RejectCode, Rejection};
use releve_protocol::CommandResult;
use serde_json::Value;

use super::asker::Asker;

/// How many commands are remembered; beyond that the oldest is forgotten.
pub const REMEMBERED: usize = 256;

/// What is known of a command's id.
pub enum Known {
    /// Nothing.
    No,
    /// The very command was carried out; these were its answers so far.
    Same(Vec<CommandResult>),
    /// Another command had it.
    Other(Rejection),
}

struct Entry {
    id: String,
    thing: String,
    value: Value,
    results: Vec<CommandResult>,
}

/// The last commands that had an id.
#[derive(Default)]
pub struct CommandMemory {
    entries: VecDeque<Entry>,
}

impl CommandMemory {
    /// What is known of the command's id.
    pub fn recall(&self, asker: &Asker) -> Known {
        let Some(entry) = asker.id.as_ref().and_then(|id| self.find(id)) else {
            return Known::No;
        };
        if entry.thing == asker.thing && entry.value == asker.value {
            return Known::Same(entry.results.clone());
        }
        Known::Other(Rejection::new(
            RejectCode::Malformed,
            format!(
                "The id {:?} was that of another command (set/{} {}): give each command an id of its own.",
                entry.id, entry.thing, entry.value
            ),
        ))
    }

    /// The command is about to be carried out.
    pub fn begin(&mut self, asker: &Asker) {
        let Some(id) = asker.id.clone() else {
            return;
        };
        if self.entries.len() >= REMEMBERED {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            id,
            thing: asker.thing.clone(),
            value: asker.value.clone(),
            results: Vec::new(),
        });
    }

    /// The command got an answer; forgotten where it was not begun, for nothing was carried out.
    pub fn answered(&mut self, asker: &Asker, result: CommandResult) {
        let entry = asker.id.as_ref().and_then(|id| {
            self.entries.iter_mut().find(|entry| {
                &entry.id == id && entry.thing == asker.thing && entry.value == asker.value
            })
        });
        if let Some(entry) = entry {
            entry.results.push(result);
        }
    }

    fn find(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}
