//! Sentences about the fleet, and about the age of values.

use releve_protocol::Language;

use super::pick;
use crate::fleet::{Age, Freshness};
use crate::format;
use crate::text::Word;

fn counted(count: usize, language: Language, one: [&str; 2], many: [&str; 2]) -> String {
    let index = usize::from(language == Language::French);
    // French counts zero as singular.
    let is_one = count == 1 || (count == 0 && language == Language::French);
    let noun = if is_one { one[index] } else { many[index] };
    format!("{count}\u{a0}{noun}")
}

/// `12 sites`.
pub fn sites(count: usize, language: Language) -> String {
    counted(count, language, ["site", "site"], ["sites", "sites"])
}

/// `1 alarm`: that many sites with one.
pub fn in_alarm(count: usize, language: Language) -> String {
    counted(
        count,
        language,
        ["in alarm", "en alarme"],
        ["in alarm", "en alarme"],
    )
}

/// `1 silent`.
pub fn silent(count: usize, language: Language) -> String {
    counted(count, language, ["silent", "muet"], ["silent", "muets"])
}

/// The second line under the heading: `1 late, 7 with nothing to do`.
pub fn rest(late: usize, quiet: usize, language: Language) -> String {
    let late_text = counted(late, language, ["late", "en retard"], ["late", "en retard"]);
    let quiet_text = counted(
        quiet,
        language,
        ["with nothing to do", "sans rien à faire"],
        ["with nothing to do", "sans rien à faire"],
    );
    if late == 0 {
        quiet_text
    } else {
        format!("{late_text}, {quiet_text}")
    }
}

/// `4 s ago`, `38 s ago, late`, `silent for 4 min`.
pub fn age(age: Age, language: Language) -> String {
    let Some(seconds) = age.seconds else {
        return Word::NoReadingYet.text(language).to_owned();
    };
    let duration = format::duration(seconds, language);
    match (language, age.freshness) {
        (Language::English, Freshness::Live) => format!("{duration} ago"),
        (Language::English, Freshness::Late) => format!("{duration} ago, late"),
        (Language::English, Freshness::Silent) => format!("silent for {duration}"),
        (Language::French, Freshness::Live) => format!("il y a {duration}"),
        (Language::French, Freshness::Late) => format!("il y a {duration}, en retard"),
        (Language::French, Freshness::Silent) => format!("muet depuis {duration}"),
    }
}

/// The sentence of a silent site's card; its alarms are those that it last told of.
pub fn silence(age: Age, alarms: Option<&str>, language: Language) -> String {
    let silence = match age.seconds {
        Some(_) => pick(
            language,
            "No answer. The values are the last received.",
            "Pas de réponse. Ce sont les dernières valeurs reçues.",
        ),
        None => pick(
            language,
            "No answer, and no value was ever received.",
            "Pas de réponse, et aucune valeur n’a été reçue.",
        ),
    };
    match (alarms, language) {
        (None, _) => silence.to_owned(),
        (Some(alarms), Language::English) => format!("{silence} Last alarm known: {alarms}."),
        (Some(alarms), Language::French) => {
            format!("{silence} Dernière alarme connue\u{a0}: {alarms}.")
        }
    }
}

/// The banner of a silent site: its title.
pub fn silent_title(age: Age, language: Language) -> String {
    let Some(seconds) = age.seconds else {
        return pick(language, "The site is silent", "Le site est muet").to_owned();
    };
    let duration = format::duration(seconds, language);
    match language {
        Language::English => format!("Silent for {duration}"),
        Language::French => format!("Muet depuis {duration}"),
    }
}

/// The banner of a silent site: what it means.
pub fn silent_meaning(last_seen: Option<&str>, language: Language) -> String {
    let meaning = pick(
        language,
        "Everything below is the last value received; the node carries on by itself. No command can be sent until it answers.",
        "Tout ce qui suit est la dernière valeur reçue\u{a0}; le nœud continue seul. Aucune commande possible avant son retour.",
    );
    match (last_seen, language) {
        (Some(moment), Language::English) => format!("Last seen {moment}. {meaning}"),
        (Some(moment), Language::French) => format!("Vu à {moment}. {meaning}"),
        (None, _) => meaning.to_owned(),
    }
}

/// `reconnecting in 4 s`.
pub fn reconnecting(seconds: f64, language: Language) -> String {
    let duration = format::duration(seconds.ceil(), language);
    match language {
        Language::English => format!("reconnecting in {duration}"),
        Language::French => format!("reconnexion dans {duration}"),
    }
}

/// How fast a simulated site's clock runs, where that is not the normal pace.
pub fn speed(speed: f64, language: Language) -> String {
    if (speed - 1.0).abs() < 1e-9 {
        return String::new();
    }
    let decimals = usize::from(speed.fract() != 0.0);
    let speed = format::number(speed, decimals, language);
    match language {
        Language::English => format!(" Its clock runs {speed} times as fast as ours."),
        Language::French => format!(" Son horloge va {speed} fois plus vite que la nôtre."),
    }
}

/// A payload that this page cannot read.
pub fn unreadable(detail: &str, language: Language) -> String {
    match language {
        Language::English => format!(
            "A message of this site cannot be read ({detail}). What is shown may be out of date; reload this page, and update the bridge if that does not help."
        ),
        Language::French => format!(
            "Un message de ce site est illisible ({detail}). L’affichage peut être dépassé\u{a0}; rechargez cette page, et mettez la passerelle à jour si cela ne suffit pas."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_their_nouns() {
        assert_eq!(sites(1, Language::English), "1\u{a0}site");
        assert_eq!(sites(0, Language::English), "0\u{a0}sites");
        assert_eq!(silent(0, Language::French), "0\u{a0}muet");
        assert_eq!(silent(2, Language::French), "2\u{a0}muets");
        assert_eq!(rest(0, 3, Language::English), "3\u{a0}with nothing to do");
    }

    #[test]
    fn a_silent_site_says_so_before_its_last_alarm() {
        let age = Age {
            freshness: Freshness::Silent,
            seconds: Some(240.0),
        };
        let said = silence(age, Some("Battery too hot"), Language::English);
        assert!(said.starts_with("No answer."), "{said}");
        assert!(
            said.ends_with("Last alarm known: Battery too hot."),
            "{said}"
        );
    }

    #[test]
    fn ages_say_what_they_mean() {
        let silent = Age {
            freshness: Freshness::Silent,
            seconds: Some(240.0),
        };
        assert_eq!(age(silent, Language::English), "silent for 4\u{a0}min");
        let never = Age {
            freshness: Freshness::Late,
            seconds: None,
        };
        assert_eq!(age(never, Language::French), "pas encore de mesure");
    }
}
