//! A node's clock is not the bridge's.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::{NodeView, View};

/// Readings that come later than this after their window, or before its end by as much, say that one of the
/// clocks is wrong.
pub const TOLERANCE_S: f64 = 30.0;

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::ClockWrong,
    severity: Severity::Warning,
    // A node that reconnects delivers late what it still had on its way.
    hold: Duration::from_mins(10),
    measure: Some(("s", 0)),
    english: Words {
        title: "The site’s clock is wrong",
        meaning: "The moments of the site’s readings differ from those of their arrival (positive: the site’s clock is behind, or its readings come late), or the node does not know the time.",
        advice: "Check that the node, and the bridge’s machine, get the time from the network (NTP). Schedules follow the site’s clock.",
    },
    french: Words {
        title: "L’horloge du site est fausse",
        meaning: "Les instants des relevés diffèrent de ceux de leur arrivée (positif : l’horloge du site retarde, ou ses relevés arrivent tard), ou le nœud ne connaît pas l’heure.",
        advice: "Vérifiez que le nœud et la machine de la passerelle reçoivent l’heure du réseau (NTP). Les programmes suivent l’horloge du site.",
    },
    judge: Judge::Node(judge),
};

fn judge(node: &NodeView, _: &View) -> Verdict {
    if !node.online {
        return Verdict::Unknown;
    }
    if node.clock_known == Some(false) {
        return Verdict::Holds(Finding::default());
    }
    // One that came in an earlier run, or where site time is not real time.
    let Some(delay) = node.delay_s else {
        return Verdict::Unknown;
    };
    Verdict::of((delay.abs() > TOLERANCE_S).then(|| Finding {
        since: None,
        value: Some(delay),
        threshold: Some(TOLERANCE_S.copysign(delay)),
    }))
}
