//! Readings are lost for good.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::{NodeView, View};

/// The rule. It ends by itself when none was lost for an hour.
pub static RULE: Rule = Rule {
    name: RuleName::ReadingsLost,
    severity: Severity::Warning,
    hold: Duration::ZERO,
    measure: Some(("", 0)),
    english: Words {
        title: "Readings are lost",
        meaning: "Readings that the node had numbered are neither here nor in its journal any more: the history has a hole.",
        advice: "If the site was away for longer than its journal holds, nothing is to be done. Otherwise look at the node’s disk.",
    },
    french: Words {
        title: "Des relevés sont perdus",
        meaning: "Des relevés numérotés par le nœud ne sont ni ici ni dans son journal : l’historique a un trou.",
        advice: "Si le site a été absent plus longtemps que ce que garde son journal, il n’y a rien à faire. Sinon, examinez le disque du nœud.",
    },
    judge: Judge::Node(judge),
};

fn judge(node: &NodeView, _: &View) -> Verdict {
    Verdict::of(node.lost.map(|(count, at)| Finding {
        since: Some(at),
        value: Some(count as f64),
        threshold: None,
    }))
}
