//! Readings do not reach Prometheus.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::View;

/// A server that takes nothing for longer, though readings wait, is behind.
pub const BEHIND_AFTER: Duration = Duration::from_mins(15);

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::RemoteWriteBehind,
    severity: Severity::Warning,
    hold: Duration::from_mins(5),
    measure: Some(("min", 0)),
    english: Words {
        title: "Prometheus lags behind",
        meaning: "Readings wait, and Prometheus takes none of them; the value says for how long.",
        advice: "Check Prometheus and the way to it; the bridge’s log says what it answers. What waits is kept and follows.",
    },
    french: Words {
        title: "Prometheus est en retard",
        meaning: "Des relevés attendent, et Prometheus n’en prend aucun ; la valeur dit depuis combien de temps.",
        advice: "Vérifiez Prometheus et le chemin qui y mène ; le journal de la passerelle donne sa réponse. Ce qui attend est gardé et suivra.",
    },
    judge: Judge::Bridge(judge),
};

fn judge(view: &View) -> Verdict {
    let stuck = view.remote_write.and_then(|state| state.stuck_since);
    let behind = stuck.filter(|at| view.now.since(*at) > BEHIND_AFTER);
    Verdict::of(behind.map(|at| Finding {
        since: Some(at),
        value: Some(view.now.since(at).as_secs_f64() / 60.0),
        threshold: Some(BEHIND_AFTER.as_secs_f64() / 60.0),
    }))
}
