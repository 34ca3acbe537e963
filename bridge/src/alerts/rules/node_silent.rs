//! The broker says that a node is away, or says nothing of a node that was there before.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::{NodeView, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::NodeSilent,
    severity: Severity::Critical,
    hold: Duration::from_mins(2),
    measure: None,
    english: Words {
        title: "No connection to the site",
        meaning: "The node is no longer connected to the broker. It still looks after the battery by itself, but nobody sees it, and its alarms arrive only when it is back.",
        advice: "Check the site’s power and its network. The readings since then are kept on site and follow once it is connected again.",
    },
    french: Words {
        title: "Site injoignable",
        meaning: "Le nœud n’est plus connecté au broker. Il continue de protéger la batterie seul, mais personne ne la voit, et ses alarmes n’arriveront qu’à son retour.",
        advice: "Vérifiez l’alimentation et le réseau du site. Les relevés sont gardés sur place et suivront dès la reconnexion.",
    },
    judge: Judge::Node(judge),
};

fn judge(node: &NodeView, _: &View) -> Verdict {
    Verdict::of((!node.online).then(|| Finding {
        since: node.last_reading_at,
        ..Finding::default()
    }))
}
