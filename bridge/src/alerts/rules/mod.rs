//! What the bridge itself watches: one file a rule. Pure.

mod backlog_growing;
mod broker_lost;
mod clock_wrong;
mod disk_filling;
mod mail_failing;
mod node_silent;
mod reading_stale;
mod readings_lost;
mod remote_write_behind;
mod store_failing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use releve_protocol::Language;
use releve_protocol::Timestamp;
use releve_protocol::control::Severity;

use super::condition::{AlertName, Condition, Ended, Key, RuleName, Standing};
use super::view::{NodeView, View};

/// A rule.
pub struct Rule {
    /// Its name.
    pub name: RuleName,
    /// How much it matters.
    pub severity: Severity,
    /// For how long it must hold before people are told.
    pub hold: Duration,
    /// Symbol of the unit of value and threshold, and the decimals that they justify.
    pub measure: Option<(&'static str, usize)>,
    /// Its words in English.
    pub english: Words,
    /// Its words in French.
    pub french: Words,
    /// How it judges.
    pub judge: Judge,
}

/// The words of a rule in one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Its name for people.
    pub title: &'static str,
    /// What it says, in a sentence.
    pub meaning: &'static str,
    /// What to do, in sentences.
    pub advice: &'static str,
}

/// How a rule judges.
pub enum Judge {
    /// Each node.
    Node(fn(&NodeView, &View) -> Verdict),
    /// The bridge.
    Bridge(fn(&View) -> Verdict),
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It holds.
    Holds(Finding),
    /// It does not.
    Fine,
    /// Nobody can tell: what was told of neither ends nor begins.
    Unknown,
}

/// What speaks for a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Finding {
    /// Since when; `None`: since it is seen.
    pub since: Option<Timestamp>,
    /// The value, in the rule's unit.
    pub value: Option<f64>,
    /// The threshold that it passed.
    pub threshold: Option<f64>,
}

impl Verdict {
    /// It holds, as far as there is a finding.
    fn of(finding: Option<Finding>) -> Self {
        finding.map_or(Self::Fine, Self::Holds)
    }
}

/// Every rule, and which one has which name: a line each.
macro_rules! rules {
    ($($name:ident: $file:ident,)*) => {
        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$file::RULE),*];

        impl Rule {
            /// The rule of that name.
            #[must_use]
            pub fn of(name: RuleName) -> &'static Self {
                match name {
                    $(RuleName::$name => &$file::RULE,)*
                }
            }
        }
    };
}

rules! {
    NodeSilent: node_silent,
    ReadingStale: reading_stale,
    ClockWrong: clock_wrong,
    BacklogGrowing: backlog_growing,
    ReadingsLost: readings_lost,
    MailFailing: mail_failing,
    StoreFailing: store_failing,
    DiskFilling: disk_filling,
    BrokerLost: broker_lost,
    RemoteWriteBehind: remote_write_behind,
}

impl Rule {
    /// Its words.
    #[must_use]
    pub const fn words(&self, language: Language) -> &Words {
        match language {
            Language::English => &self.english,
            Language::French => &self.french,
        }
    }

    fn standing(&self, verdict: Verdict, now: Timestamp) -> Standing {
        match verdict {
            Verdict::Holds(finding) => Standing::Holds(Condition {
                severity: self.severity,
                since: finding.since.unwrap_or(now),
                value: finding.value,
                threshold: finding.threshold,
                cause: None,
                acknowledged: false,
            }),
            Verdict::Fine => Standing::Over(Ended {
                at: now,
                value: None,
                threshold: None,
            }),
            Verdict::Unknown => Standing::Unknown,
        }
    }
}

/// Gives what every rule says: the alert, how it stands, and for how long it must hold.
pub fn judge(view: &View, mut take: impl FnMut(&Key, Standing, Duration)) {
    let now = view.now;
    for rule in RULES {
        let mut give = |node, verdict| {
            let alert = AlertName::Rule(rule.name);
            take(&Key { node, alert }, rule.standing(verdict, now), rule.hold);
        };
        match rule.judge {
            Judge::Bridge(judge) => give(None, judge(view)),
            Judge::Node(judge) => {
                for node in &view.nodes {
                    let verdict = if view.nodes_known {
                        judge(node, view)
                    } else {
                        Verdict::Unknown
                    };
                    give(Some(node.id.clone()), verdict);
                }
            }
        }
    }
}
