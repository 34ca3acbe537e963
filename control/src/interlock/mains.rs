//! Mains lost: while the 230 V supply is known to be gone, relay 1 stays closed for its return.
//!
//! Only a sense input upstream of relay 1 can say `lost`. Without one, current from the charger
//! says `present`, and where no current flows nothing tells: `unknown`.

use crate::current::flows;
use crate::sample::{MainsSense, Sample};
use crate::verdict::Verdict;
use crate::vocabulary::{Condition, Contact, MainsState, Next, Rule};

/// What is known of the 230 V supply.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Mains {
    pub(crate) state: MainsState,
}

impl Mains {
    /// Takes in a sample.
    pub(crate) fn sample(&mut self, sample: &Sample) {
        self.state = match sample.mains_sense {
            MainsSense::Present => MainsState::Present,
            MainsSense::Lost => MainsState::Lost,
            MainsSense::NotFitted if flows(sample.charger_amperes) => MainsState::Present,
            MainsSense::NotFitted => MainsState::Unknown,
        };
    }

    /// Whether the last sample said that it is gone.
    pub(crate) fn is_lost(&self) -> bool {
        self.state == MainsState::Lost
    }

    /// What it wants of relay 1.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.is_lost().then(|| Verdict {
            next: Some(Next {
                to: None,
                condition: Condition::MainsReturn,
                quantity: None,
                threshold: None,
                not_before: None,
            }),
            ..Verdict::plain(Rule::MainsLost, Contact::Closed)
        })
    }
}
