//! The bridge itself is not connected to the broker.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::View;

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::BrokerLost,
    severity: Severity::Critical,
    hold: Duration::from_mins(2),
    measure: None,
    english: Words {
        title: "The bridge lost the broker",
        meaning: "The bridge is not connected to the broker: it sees no site and no alarm.",
        advice: "Check the broker and the network between; the bridge’s log and /healthz say why. Readings are kept on site and follow.",
    },
    french: Words {
        title: "La passerelle a perdu le broker",
        meaning: "La passerelle n’est pas connectée au broker : elle ne voit ni sites ni alarmes.",
        advice: "Vérifiez le broker et le réseau qui y mène ; le journal de la passerelle et /healthz disent pourquoi. Les relevés sont gardés sur place et suivront.",
    },
    judge: Judge::Bridge(judge),
};

fn judge(view: &View) -> Verdict {
    Verdict::of(view.disconnected_since.map(|at| Finding {
        since: Some(at),
        ..Finding::default()
    }))
}
