//! Readings do not reach Prometheus.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::pace::since;
use crate::alerts::view::View;

/// Readings that wait for longer are behind.
pub const BEHIND_AFTER: Duration = Duration::from_mins(15);

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::RemoteWriteBehind,
    severity: Severity::Warning,
    hold: Duration::from_mins(5),
    measure: Some(("min", 0)),
    english: Words {
        title: "Prometheus lags behind",
        meaning: "Readings wait to be taken by Prometheus; the value is how long the oldest has waited.",
        advice: "Check Prometheus and the way to it; the bridge’s log says what it answers. What waits is kept and follows.",
    },
    french: Words {
        title: "Prometheus est en retard",
        meaning: "Des relevés attendent que Prometheus les prenne ; la valeur est l’attente du plus ancien.",
        advice: "Vérifiez Prometheus et le chemin qui y mène ; le journal de la passerelle donne sa réponse. Ce qui attend est gardé et suivra.",
    },
    judge: Judge::Bridge(judge),
};

fn judge(view: &View) -> Verdict {
    let oldest = view.remote_write.and_then(|state| state.oldest);
    let behind = oldest.filter(|at| since(*at, view.now) > BEHIND_AFTER);
    Verdict::of(behind.map(|at| Finding {
        since: Some(at),
        value: Some(since(at, view.now).as_secs_f64() / 60.0),
        threshold: Some(BEHIND_AFTER.as_secs_f64() / 60.0),
    }))
}
