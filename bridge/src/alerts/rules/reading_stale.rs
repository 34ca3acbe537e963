//! A node is connected, and its readings do not come.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::{NodeView, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::ReadingStale,
    severity: Severity::Warning,
    hold: Duration::from_mins(2),
    measure: Some(("s", 0)),
    english: Words {
        title: "Readings do not come",
        meaning: "The node is connected, and its newest reading is older than three of its windows: what is shown of the site is not its present.",
        advice: "Look at the node’s log. If it has stopped measuring, restart its program.",
    },
    french: Words {
        title: "Les relevés n’arrivent plus",
        meaning: "Le nœud est connecté, mais son dernier relevé date de plus de trois fenêtres : ce qui est affiché n’est plus l’état présent du site.",
        advice: "Consultez le journal du nœud. S’il ne mesure plus, redémarrez son programme.",
    },
    judge: Judge::Node(judge),
};

fn judge(node: &NodeView, view: &View) -> Verdict {
    let Some(connected_since) = view.connected_since.filter(|_| node.online) else {
        return Verdict::Unknown;
    };
    // It waits for the time before it publishes any, and says so.
    if node.clock_known == Some(false) {
        return Verdict::Unknown;
    }
    let received = node
        .received
        .unwrap_or(connected_since)
        .max(connected_since);
    let age = view.now.since(received);
    Verdict::of((age > node.windows).then_some(Finding {
        since: Some(received),
        value: Some(age.as_secs_f64()),
        threshold: Some(node.windows.as_secs_f64()),
    }))
}
