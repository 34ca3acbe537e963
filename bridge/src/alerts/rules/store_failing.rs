//! Readings cannot be stored.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::View;

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::StoreFailing,
    severity: Severity::Critical,
    hold: Duration::from_mins(1),
    measure: None,
    english: Words {
        title: "Readings cannot be stored",
        meaning: "The bridge’s disk does not take what comes. Values and alarms go on; what was not stored is asked for once the disk works again.",
        advice: "Make room on the bridge’s disk, or replace it; the bridge’s log says what it answers. A restart of the bridge now could repeat mails.",
    },
    french: Words {
        title: "Les relevés ne peuvent être enregistrés",
        meaning: "Le disque de la passerelle refuse ce qui arrive. Valeurs et alarmes continuent ; ce qui manque sera redemandé dès que le disque fonctionnera.",
        advice: "Faites de la place sur le disque de la passerelle, ou remplacez-le ; le journal de la passerelle donne sa réponse. Un redémarrage maintenant pourrait répéter des courriels.",
    },
    judge: Judge::Bridge(judge),
};

fn judge(view: &View) -> Verdict {
    Verdict::of(view.store_failing_since.map(|at| Finding {
        since: Some(at),
        ..Finding::default()
    }))
}
