use releve_protocol::control::{AlarmName, Cause};

use super::*;
use crate::alerts::{Condition, Ended, Key, rules::RULES};
use crate::samples;

fn notice(kind: Kind) -> Notice {
    let at = samples::alarm_raised().at;
    Notice {
        key: Key {
            node: Some(samples::node()),
            alert: AlertName::Alarm(AlarmName::TemperatureLimit),
        },
        kind,
        episode: at,
        number: 1,
        told_at: at,
        condition: Condition {
            severity: Severity::Critical,
            since: at,
            value: Some(45.125),
            threshold: Some(45.0),
            cause: None,
            acknowledged: false,
        },
        ended: (kind == Kind::Ended).then(|| Ended {
            at: samples::later(at, 3_660_000),
            value: Some(41.9),
            threshold: Some(42.0),
        }),
        rises: 1,
        flapping: false,
    }
}

fn site(simulated: bool) -> Site {
    Site {
        name: "Col de Porte".to_owned(),
        simulated,
        page: Some("https://releve.example/site/col-de-porte".to_owned()),
    }
}

/// With ordinary spaces, for reading.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn a_begin_in_english() {
    let words = of_notice(&notice(Kind::Begun), &site(false), Language::English, None);
    let subject = "[Releve] Col de Porte: Battery too hot: charger disconnected";
    assert_eq!(words.subject, subject);
    assert_eq!(
        plain(&words.plain),
        "Battery too hot: charger disconnected\n\nThe site raised this alarm.\n\n\
         Site: Col de Porte\nSeverity: critical\nValue: 45.1 °C\nThreshold: 45.0 °C\n\
         Since: 2026-11-22 23:19:31 UTC\n\n\
         What to do: Do not charge by hand. Go and look: the charger comes back by itself once the battery has cooled.\n\n\
         https://releve.example/site/col-de-porte\n\n-- \n\
         Sent by Releve. A reminder follows each day until the alarm ends or somebody acknowledges it.\n"
    );
    assert!(!words.html.contains("<img"));
}

#[test]
fn an_end_in_french() {
    let words = of_notice(&notice(Kind::Ended), &site(true), Language::French, None);
    assert_eq!(
        words.subject,
        "[Releve] Col de Porte\u{a0}: fin d’alerte\u{a0}: Batterie trop chaude\u{a0}: chargeur déconnecté"
    );
    assert_eq!(
        plain(&words.plain),
        "Batterie trop chaude : chargeur déconnecté\n\nC’est terminé à Col de Porte.\n\n\
         Site : Col de Porte\nGravité : critique\nValeur : 45,1 °C\nSeuil : 45,0 °C\n\
         Depuis : 2026-11-22 23:19:31 UTC\nValeur à la fin : 41,9 °C\n\
         Jusqu’à : 2026-11-23 00:20:31 UTC\nDurée : 1 h 1 min\n\n\
         Ce site est simulé : rien de réel n’est concerné.\n\n\
         https://releve.example/site/col-de-porte\n\n-- \n\
         Envoyé par Releve ; vous êtes parmi ses destinataires.\n"
    );
}

#[test]
fn each_kind_says_what_it_is() {
    for (kind, english, french) in [
        (Kind::Changed, "(another cause)", "(autre cause)"),
        (Kind::Flapping, ": comes and goes: ", " : va et vient : "),
        (Kind::Reminder, ": still: ", " : toujours : "),
        (Kind::Ended, ": ended: ", " : fin d’alerte : "),
    ] {
        let of = |language| of_notice(&notice(kind), &site(false), language, None);
        let (of_english, of_french) = (of(Language::English), of(Language::French));
        assert!(
            of_english.subject.contains(english),
            "{}",
            of_english.subject
        );
        assert!(
            plain(&of_french.subject).contains(french),
            "{}",
            of_french.subject
        );
    }
}

#[test]
fn a_cause_is_told_in_both_languages() {
    let mut fault = notice(Kind::Begun);
    fault.key.alert = AlertName::Alarm(AlarmName::RelayFault);
    fault.condition.cause = Some(Cause::ChargerWelded);
    let english = of_notice(&fault, &site(false), Language::English, None).plain;
    assert!(
        english.contains("\n\nContact 2 (charger) is welded: "),
        "{english}"
    );
    assert!(
        english.contains("\nCause: contact 2 (charger) is welded: "),
        "{english}"
    );
    let french = of_notice(&fault, &site(false), Language::French, None).plain;
    assert!(
        plain(&french).contains("\nCause : le contact 2 (chargeur) est soudé : "),
        "{french}"
    );
}

/// Every alarm and every rule, in both languages: complete, with units, and with the spaces of French.
#[test]
fn every_alert_can_be_told() {
    let alarms = AlarmName::ALL.iter().copied().map(AlertName::Alarm);
    let rules = RULES.iter().map(|rule| AlertName::Rule(rule.name));
    for alert in alarms.chain(rules) {
        for language in [Language::English, Language::French] {
            let mut notice = notice(Kind::Begun);
            notice.key.alert = alert;
            let words = of_notice(&notice, &site(false), language, None);
            let unit = measure(alert).0;
            assert!(
                plain(&words.plain).contains(unit),
                "{alert:?}: {}",
                words.plain
            );
            if language == Language::French {
                for wrong in [" :", " ;", " !", " ?"] {
                    let all = [&words.subject, &words.plain, &words.html];
                    assert!(
                        all.iter().all(|text| !text.contains(wrong)),
                        "{alert:?}: {wrong:?}"
                    );
                }
            }
            for line in words.plain.lines() {
                assert!(!line.contains("  "), "{line}");
            }
        }
    }
}

#[test]
fn what_is_unknown_is_left_out() {
    let mut unknown = notice(Kind::Begun);
    unknown.condition.value = None;
    unknown.condition.threshold = None;
    let words = of_notice(&unknown, &site(false), Language::English, None);
    assert!(!words.plain.contains("Value"), "{}", words.plain);
    assert!(!words.plain.contains("Threshold"), "{}", words.plain);
}

#[test]
fn the_test_mail_says_that_nothing_is_wrong() {
    let words = of_test(&notice(Kind::Begun), &site(true), Language::French, None);
    assert_eq!(words.subject, "[Releve] Message d’essai");
    assert!(words.plain.contains("tout va bien"));
}
