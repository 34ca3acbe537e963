//! Readings are missing, and asking for them does not help.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::{NodeView, View};

/// Missing readings that did not become fewer for so long do not come.
pub const STUCK_AFTER: Duration = Duration::from_mins(30);

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::BacklogGrowing,
    severity: Severity::Warning,
    hold: Duration::ZERO,
    measure: Some(("", 0)),
    english: Words {
        title: "Missing readings do not follow",
        meaning: "Readings are missing, the node is connected, and for half an hour they have not become fewer.",
        advice: "Look at the node’s log: its disk may refuse, or the connection may be too slow. They are asked for again and again.",
    },
    french: Words {
        title: "Les relevés manquants n’arrivent pas",
        meaning: "Des relevés manquent, le nœud est connecté, et leur nombre n’a pas diminué depuis une demi-heure.",
        advice: "Consultez le journal du nœud : son disque refuse peut-être, ou la liaison est trop lente. Ils sont redemandés sans cesse.",
    },
    judge: Judge::Node(judge),
};

fn judge(node: &NodeView, view: &View) -> Verdict {
    if !node.online {
        return Verdict::Unknown;
    }
    let stuck = (node.stuck_since).filter(|at| view.now.since(*at) >= STUCK_AFTER);
    Verdict::of(stuck.map(|at| Finding {
        since: Some(at),
        value: Some(node.missing as f64),
        threshold: None,
    }))
}
