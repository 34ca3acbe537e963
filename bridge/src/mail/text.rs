//! The words of an alert e-mail, in the reader's language. Pure.

use std::time::Duration;

use releve_protocol::control::Severity;
use releve_protocol::{Language, alarm_measure};
use serde::{Deserialize, Serialize};

use super::typeset::{self, spaced};
use super::{advice, html, plain};
use crate::alerts::rules::Rule;
use crate::alerts::{AlertName, Kind, Notice};

/// What a mail says of a site besides its alarm.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its name for people, in one line; the bridge's own, where the bridge itself is concerned.
    pub name: String,
    /// Whether nothing real is measured and switched there.
    pub simulated: bool,
    /// The address of its page, where the bridge knows under which it is reached.
    pub page: Option<String>,
}

/// A mail's subject and its text in both forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The subject: one line.
    pub subject: String,
    /// The text.
    pub plain: String,
    /// The same as HTML.
    pub html: String,
}

/// What a mail says, before it is laid out. Every text is in the reader's language, with its spaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The language.
    pub language: Language,
    /// How it looks.
    pub tone: Tone,
    /// Above the title: what kind of mail this is.
    pub badge: String,
    /// The alert's name.
    pub title: String,
    /// What happened, in a sentence.
    pub lead: String,
    /// Figures and moments: what, and how much.
    pub facts: Vec<(String, String)>,
    /// What the picture shows, where there is one.
    pub picture: Option<String>,
    /// What to do; empty once it is over.
    pub advice: Option<(String, String)>,
    /// Further sentences.
    pub notes: Vec<String>,
    /// The site's page: its address, and what to call it.
    pub page: Option<(String, String)>,
    /// Why the reader gets it.
    pub footer: String,
}

/// How a mail looks: by how much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something is wrong now.
    Critical,
    /// Something will go wrong.
    Warning,
    /// Worth knowing.
    Info,
    /// It is over.
    Good,
}

/// The mail that tells of a notice; `picture` says what its picture shows, where it has one.
#[must_use]
pub fn of_notice(
    notice: &Notice,
    site: &Site,
    language: Language,
    picture: Option<String>,
) -> Words {
    let content = content(notice, site, language, picture);
    Words {
        subject: spaced(&subject(notice, site, language), language),
        plain: plain::page(&content),
        html: html::page(&content),
    }
}

/// The mail of `releve-bridge test-mail`: one as of an alarm, which says that it is none.
#[must_use]
pub fn of_test(notice: &Notice, site: &Site, language: Language, picture: Option<String>) -> Words {
    let mut content = content(notice, site, language, picture);
    content.tone = Tone::Info;
    content.badge = pick(language, "Test mail", "Message d’essai");
    content.lead = pick(
        language,
        "This is a test: alert e-mails of Releve reach this address. What follows shows how one looks; nothing is wrong.",
        "Ceci est un essai : les alertes de Releve arrivent à cette adresse. La suite montre leur forme ; tout va bien.",
    );
    Words {
        subject: pick(language, "[Releve] Test mail", "[Releve] Message d’essai"),
        plain: plain::page(&content),
        html: html::page(&content),
    }
}

/// The one of the two texts that is in this language, with its spaces.
pub(super) fn pick(language: Language, english: &str, french: &str) -> String {
    match language {
        Language::English => english.to_owned(),
        Language::French => spaced(french, language),
    }
}

/// The alert's name for people.
#[must_use]
pub fn title(notice: &Notice, language: Language) -> &'static str {
    match notice.key.alert {
        AlertName::Alarm(alarm) => language.alarm(alarm),
        AlertName::Rule(rule) => Rule::of(rule).words(language).title,
    }
}

fn subject(notice: &Notice, site: &Site, language: Language) -> String {
    let title = title(notice, language);
    let (before, after) = match (notice.kind, language) {
        (Kind::Begun, _) => ("", ""),
        (Kind::Changed, Language::English) => ("", " (another cause)"),
        (Kind::Changed, Language::French) => ("", " (autre cause)"),
        (Kind::Flapping, Language::English) => ("comes and goes: ", ""),
        (Kind::Flapping, Language::French) => ("va et vient : ", ""),
        (Kind::Reminder, Language::English) => ("still: ", ""),
        (Kind::Reminder, Language::French) => ("toujours : ", ""),
        (Kind::Ended, Language::English) => ("ended: ", ""),
        (Kind::Ended, Language::French) => ("fin d’alerte : ", ""),
    };
    let name = &site.name;
    match language {
        Language::English => format!("[Releve] {name}: {before}{title}{after}"),
        Language::French => format!("[Releve] {name} : {before}{title}{after}"),
    }
}

fn content(notice: &Notice, site: &Site, language: Language, picture: Option<String>) -> Content {
    let is_over = notice.kind == Kind::Ended;
    let tone = match notice.condition.severity {
        _ if is_over => Tone::Good,
        Severity::Critical => Tone::Critical,
        Severity::Warning => Tone::Warning,
        Severity::Info => Tone::Info,
    };
    let what_to_do = pick(language, "What to do", "Que faire");
    let page = site.page.clone();
    Content {
        language,
        tone,
        badge: badge(notice, language),
        title: spaced(title(notice, language), language),
        lead: lead(notice, site, language),
        facts: facts(notice, site, language),
        picture,
        advice: (!is_over).then(|| (what_to_do, advice(notice, language))),
        notes: notes(notice, site, language),
        page: page.map(|address| (address, link(notice, language))),
        footer: footer(notice, language),
    }
}

/// What the link to the page is called.
fn link(notice: &Notice, language: Language) -> String {
    match notice.key.node {
        Some(_) => pick(language, "Open the site’s page", "Ouvrir la page du site"),
        None => pick(language, "Open the web app", "Ouvrir l’application"),
    }
}

fn badge(notice: &Notice, language: Language) -> String {
    let severity = typeset::severity(notice.condition.severity, language);
    let (english, french) = match notice.kind {
        Kind::Begun => return severity.to_owned(),
        Kind::Changed => ("another cause", "autre cause"),
        Kind::Flapping => ("comes and goes", "va et vient"),
        Kind::Reminder => ("reminder", "rappel"),
        Kind::Ended => return pick(language, "ended", "fin d’alerte"),
    };
    format!("{severity} · {}", pick(language, english, french))
}

fn lead(notice: &Notice, site: &Site, language: Language) -> String {
    let name = &site.name;
    let rises = notice.rises;
    let is_alarm = matches!(notice.key.alert, AlertName::Alarm(_));
    let text = match (notice.kind, language) {
        (Kind::Begun, _) | (Kind::Changed, _) => meaning(notice, language),
        (Kind::Flapping, Language::English) => format!(
            "This came {rises} times within six hours. From now on an end is told only after an hour of quiet."
        ),
        (Kind::Flapping, Language::French) => format!(
            "Cela s’est produit {rises} fois en six heures. Désormais, une fin n’est annoncée qu’après une heure de calme."
        ),
        (Kind::Reminder, Language::English) => {
            let unseen = if is_alarm {
                ", and nobody has acknowledged it"
            } else {
                ""
            };
            format!("This still holds at {name}{unseen}.")
        }
        (Kind::Reminder, Language::French) => {
            let unseen = if is_alarm {
                ", et personne ne l’a acquitté"
            } else {
                ""
            };
            format!("Cela dure toujours à {name}{unseen}.")
        }
        (Kind::Ended, Language::English) => format!("This is over at {name}."),
        (Kind::Ended, Language::French) => format!("C’est terminé à {name}."),
    };
    spaced(&text, language)
}

/// What it means, where the name does not say it all.
fn meaning(notice: &Notice, language: Language) -> String {
    match (notice.key.alert, notice.condition.cause) {
        (AlertName::Rule(rule), _) => Rule::of(rule).words(language).meaning.to_owned(),
        (AlertName::Alarm(_), Some(cause)) => {
            let cause = language.cause(cause);
            let mut letters = cause.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).chain(['.']).collect()
        }
        (AlertName::Alarm(_), None) => match language {
            Language::English => "The site raised this alarm.".to_owned(),
            Language::French => "Le site a levé cette alarme.".to_owned(),
        },
    }
}

fn advice(notice: &Notice, language: Language) -> String {
    let text = match notice.key.alert {
        AlertName::Alarm(alarm) => advice::on(alarm, language),
        AlertName::Rule(rule) => Rule::of(rule).words(language).advice,
    };
    spaced(text, language)
}

/// What value and threshold measure.
fn measure(alert: AlertName) -> (&'static str, usize) {
    let measure = match alert {
        AlertName::Alarm(alarm) => alarm_measure(alarm).map(|of| (of.unit, of.decimals)),
        AlertName::Rule(rule) => Rule::of(rule).measure,
    };
    measure.unwrap_or(("", 2))
}

/// Site, figures and moments, as far as they are known.
fn facts(notice: &Notice, site: &Site, language: Language) -> Vec<(String, String)> {
    let condition = notice.condition;
    let label = |english, french| pick(language, english, french);
    let figure = |value| typeset::figure(value, measure(notice.key.alert), language);
    let severity = typeset::severity(condition.severity, language).to_owned();
    let place = match notice.key.node {
        Some(_) => label("Site", "Site"),
        None => label("Bridge", "Passerelle"),
    };
    let mut facts = vec![
        (place, site.name.clone()),
        (label("Severity", "Gravité"), severity),
    ];
    if let Some(cause) = condition.cause {
        let cause = spaced(language.cause(cause), language);
        facts.push((label("Cause", "Cause"), cause));
    }
    facts.extend(
        condition
            .value
            .map(|value| (label("Value", "Valeur"), figure(value))),
    );
    let threshold = condition.threshold.map(figure);
    facts.extend(threshold.map(|text| (label("Threshold", "Seuil"), text)));
    facts.push((label("Since", "Depuis"), typeset::moment(condition.since)));
    if let Some(ended) = notice.ended.filter(|_| notice.kind == Kind::Ended) {
        let value = ended.value.map(figure);
        facts.extend(value.map(|text| (label("Value at the end", "Valeur à la fin"), text)));
        facts.push((label("Until", "Jusqu’à"), typeset::moment(ended.at)));
        let millis = ended.at.as_unix_millis() - condition.since.as_unix_millis();
        let length = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
        facts.push((label("Lasted", "Durée"), typeset::lasting(length, language)));
    }
    if notice.rises > 1 {
        let within = match language {
            Language::English => format!("{} times in six hours", notice.rises),
            Language::French => format!("{} fois en six heures", notice.rises),
        };
        facts.push((label("Came", "Survenue"), within));
    }
    facts
}

fn notes(notice: &Notice, site: &Site, language: Language) -> Vec<String> {
    let mut notes = Vec::new();
    if notice.kind == Kind::Begun && notice.flapping {
        notes.push(pick(
            language,
            "It comes and goes: an end is told only after an hour of quiet.",
            "Cela va et vient : une fin n’est annoncée qu’après une heure de calme.",
        ));
    }
    if site.simulated {
        notes.push(pick(
            language,
            "This site is simulated: nothing real is concerned.",
            "Ce site est simulé : rien de réel n’est concerné.",
        ));
    }
    notes
}

fn footer(notice: &Notice, language: Language) -> String {
    match (notice.kind, notice.key.alert) {
        (Kind::Ended, _) => pick(
            language,
            "Sent by Releve; you are among its recipients.",
            "Envoyé par Releve ; vous êtes parmi ses destinataires.",
        ),
        (_, AlertName::Alarm(_)) => pick(
            language,
            "Sent by Releve. A reminder follows each day until the alarm ends or somebody acknowledges it.",
            "Envoyé par Releve. Un rappel suit chaque jour jusqu’à la fin de l’alarme ou son acquittement.",
        ),
        (_, AlertName::Rule(_)) => pick(
            language,
            "Sent by Releve. A reminder follows each day until this ends or somebody acknowledges it at the bridge (set/alert).",
            "Envoyé par Releve. Un rappel suit chaque jour jusqu’à la fin ou l’acquittement auprès de la passerelle (set/alert).",
        ),
    }
}

#[cfg(test)]
mod tests;
