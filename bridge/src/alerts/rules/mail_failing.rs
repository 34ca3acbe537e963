//! Mails cannot be sent.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::View;

/// A mail that was given up is news for so long.
pub const GIVEN_UP_IS_NEWS: Duration = Duration::from_hours(1);

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::MailFailing,
    severity: Severity::Warning,
    hold: Duration::from_mins(15),
    measure: Some(("", 0)),
    english: Words {
        title: "Alert e-mails cannot be sent",
        meaning: "The mail server takes no mails, or refused one for good; the value is how many wait.",
        advice: "The bridge’s log says what the server answers; releve-bridge test-mail tries it. What waits is sent within a week.",
    },
    french: Words {
        title: "Les courriels d’alerte ne partent pas",
        meaning: "Le serveur de messagerie ne prend aucun message, ou en a refusé un définitivement ; la valeur est le nombre de ceux qui attendent.",
        advice: "Le journal de la passerelle donne la réponse du serveur ; releve-bridge test-mail l’essaie. Ce qui attend est envoyé sous une semaine.",
    },
    judge: Judge::Bridge(judge),
};

fn judge(view: &View) -> Verdict {
    let Some(mail) = view.mail else {
        return Verdict::Fine;
    };
    let given_up = mail.given_up_at;
    let given_up = given_up.filter(|at| view.now.since(*at) < GIVEN_UP_IS_NEWS);
    Verdict::of(mail.failing_since.or(given_up).map(|at| Finding {
        since: Some(at),
        value: Some(mail.waiting as f64),
        threshold: None,
    }))
}
