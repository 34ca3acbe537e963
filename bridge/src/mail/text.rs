//! The words of an alert e-mail, in the reader's language. Pure.

use releve_protocol::control::Severity;
use releve_protocol::{Language, Timestamp, alarm_measure};

use super::alarm_watch::Notice;

/// What a mail says of a site besides its alarm.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Its name for people, in one line.
    pub name: String,
    /// Whether nothing real is measured and switched there.
    pub simulated: bool,
    /// The address of its page, where the bridge knows under which it is reached.
    pub page: Option<String>,
}

/// A mail's subject and plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The subject: one line.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// The mail that tells of an alarm's begin or end.
#[must_use]
pub fn of_notice(notice: &Notice, site: &Site, language: Language) -> Words {
    let alarm = language.alarm(notice.alarm);
    let heading = match (notice.cleared_at, language) {
        (None, _) => alarm.to_owned(),
        (Some(_), Language::English) => format!("ended: {alarm}"),
        (Some(_), Language::French) => format!("fin d’alarme : {alarm}"),
    };
    let name = &site.name;
    let subject = match language {
        Language::English => format!("[Releve] {name}: {heading}"),
        Language::French => format!("[Releve] {name} : {heading}"),
    };
    let mut lines = vec![
        labelled(language, "Site", "Site", name),
        labelled(language, "Alarm", "Alarme", alarm),
        labelled(
            language,
            "Severity",
            "Gravité",
            severity(notice.severity, language),
        ),
    ];
    lines.extend(figures(notice, language));
    lines.extend(moments(notice, language));
    if site.simulated {
        lines.push(
            match language {
                Language::English => "This site is simulated: nothing real is concerned.",
                Language::French => "Ce site est simulé : rien de réel n’est concerné.",
            }
            .to_owned(),
        );
    }
    if let Some(page) = &site.page {
        lines.push(String::new());
        lines.push(page.clone());
    }
    let body = lines.join("\n") + "\n";
    Words { subject, body }
}

/// The mail of `releve-bridge test-mail`.
#[must_use]
pub fn of_test(language: Language) -> Words {
    let (subject, body) = match language {
        Language::English => (
            "[Releve] Test mail",
            "This is a test: alert e-mails of Releve reach this address.\n",
        ),
        Language::French => (
            "[Releve] Message d’essai",
            "Ceci est un essai : les alertes de Releve arrivent à cette adresse.\n",
        ),
    };
    Words {
        subject: subject.to_owned(),
        body: body.to_owned(),
    }
}

fn labelled(language: Language, english: &str, french: &str, value: &str) -> String {
    match language {
        Language::English => format!("{english}: {value}"),
        Language::French => format!("{french} : {value}"),
    }
}

const fn severity(severity: Severity, language: Language) -> &'static str {
    match (severity, language) {
        (Severity::Info, _) => "information",
        (Severity::Warning, Language::English) => "warning",
        (Severity::Warning, Language::French) => "avertissement",
        (Severity::Critical, Language::English) => "critical",
        (Severity::Critical, Language::French) => "critique",
    }
}

/// Cause, value and threshold, as far as they are known.
fn figures(notice: &Notice, language: Language) -> Vec<String> {
    let figure = |value: f64| {
        let (decimals, unit) =
            alarm_measure(notice.alarm).map_or((2, ""), |of| (of.decimals, of.unit));
        let number = format!("{value:.decimals$}");
        let number = match language {
            Language::English => number,
            Language::French => number.replace('.', ","),
        };
        format!("{number} {unit}").trim_end().to_owned()
    };
    let cause = notice
        .cause
        .map(|cause| labelled(language, "Cause", "Cause", language.cause(cause)));
    let value = notice
        .value
        .map(|value| labelled(language, "Value", "Valeur", &figure(value)));
    let threshold = notice
        .threshold
        .map(|threshold| labelled(language, "Threshold", "Seuil", &figure(threshold)));
    cause.into_iter().chain(value).chain(threshold).collect()
}

fn moments(notice: &Notice, language: Language) -> Vec<String> {
    let since = labelled(language, "Since", "Depuis", &moment(notice.raised_at));
    let until = notice
        .cleared_at
        .map(|at| labelled(language, "Until", "Jusqu’à", &moment(at)));
    [since].into_iter().chain(until).collect()
}

/// To the second, for people: `2026-11-22 23:19:31 UTC`.
fn moment(moment: Timestamp) -> String {
    let text = moment.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{} UTC", seconds.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use releve_protocol::control::{AlarmName, Cause};

    use super::*;
    use crate::samples;

    fn notice(cleared: bool) -> Notice {
        let at = samples::alarm_raised().at;
        Notice {
            node: samples::node(),
            alarm: AlarmName::TemperatureLimit,
            severity: Severity::Critical,
            value: Some(45.125),
            threshold: Some(45.0),
            cause: None,
            raised_at: at,
            cleared_at: cleared.then(|| samples::later(at, 60_000)),
        }
    }

    fn site(name: &str, simulated: bool, page: Option<String>) -> Site {
        Site {
            name: name.to_owned(),
            simulated,
            page,
        }
    }

    #[test]
    fn a_begin_in_english() {
        let page = Some("https://releve.example/site/col-de-porte".to_owned());
        let site = site("Col de Porte", false, page);
        let words = of_notice(&notice(false), &site, Language::English);
        assert_eq!(
            words.subject,
            "[Releve] Col de Porte: Battery too hot: charger disconnected"
        );
        assert_eq!(
            words.body,
            "Site: Col de Porte\nAlarm: Battery too hot: charger disconnected\nSeverity: critical\n\
             Value: 45.1 °C\nThreshold: 45.0 °C\nSince: 2026-11-22 23:19:31 UTC\n\n\
             https://releve.example/site/col-de-porte\n"
        );
    }

    #[test]
    fn an_end_in_french() {
        let site = site("Col de Porte", true, None);
        let words = of_notice(&notice(true), &site, Language::French);
        assert_eq!(
            words.subject,
            "[Releve] Col de Porte : fin d’alarme : Batterie trop chaude : chargeur déconnecté"
        );
        assert_eq!(
            words.body,
            "Site : Col de Porte\nAlarme : Batterie trop chaude : chargeur déconnecté\n\
             Gravité : critique\nValeur : 45,1 °C\nSeuil : 45,0 °C\n\
             Depuis : 2026-11-22 23:19:31 UTC\nJusqu’à : 2026-11-22 23:20:31 UTC\n\
             Ce site est simulé : rien de réel n’est concerné.\n"
        );
    }

    #[test]
    fn a_cause_is_told_in_both_languages() {
        let fault = Notice {
            alarm: AlarmName::RelayFault,
            value: None,
            threshold: None,
            cause: Some(Cause::ChargerWelded),
            ..notice(false)
        };
        let site = site("a", false, None);
        let english = of_notice(&fault, &site, Language::English).body;
        assert!(
            english.contains("\nCause: contact 2 (charger) is welded: "),
            "{english}"
        );
        let french = of_notice(&fault, &site, Language::French).body;
        assert!(
            french.contains("\nCause : le contact 2 (chargeur) est soudé : "),
            "{french}"
        );
    }

    #[test]
    fn every_alarm_names_its_figures_with_their_unit() {
        for alarm in AlarmName::ALL.iter().copied() {
            let notice = Notice {
                alarm,
                ..notice(false)
            };
            let body = of_notice(&notice, &site("a", false, None), Language::French).body;
            let (figure, unit) = match alarm_measure(alarm) {
                Some(measure) if measure.decimals == 0 => ("45", measure.unit),
                Some(measure) if measure.decimals == 1 => ("45,0", measure.unit),
                Some(measure) => ("45,00", measure.unit),
                None => ("45,00", ""),
            };
            let line = format!("Seuil : {figure} {unit}");
            assert!(body.lines().any(|found| found == line.trim_end()), "{body}");
        }
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        let unknown = Notice {
            value: None,
            threshold: None,
            ..notice(false)
        };
        let words = of_notice(&unknown, &site("a", false, None), Language::English);
        assert!(!words.body.contains("Value"), "{}", words.body);
        assert!(!words.body.contains("Threshold"), "{}", words.body);
    }
}
