//! Words about a site as a whole.

use releve_protocol::info::Hardware;
use releve_protocol::{Info, Language};

use super::pick;

/// What a simulated node calls its hardware, in the language of the contract.
const SIMULATED: &str = "simulated installation";

/// `AGM 12 V 18 Ah · Raspberry Pi 5`: its battery and its hardware.
pub fn about(info: &Info, language: Language) -> String {
    let battery = &info.battery.description;
    format!("{battery} · {}", hardware(&info.hardware, language))
}

/// In the node's own words, but for those that every simulated node uses.
fn hardware(hardware: &Hardware, language: Language) -> &str {
    match hardware.description.as_str() {
        SIMULATED if hardware.simulated => pick(language, SIMULATED, "installation simulée"),
        own => own,
    }
}

/// Whose time the site's page tells: that of the site's zone, or of this device's where the site's is
/// not known. Nothing where they are the same.
pub fn zones(site: Option<&str>, here: &str, language: Language) -> Option<String> {
    let here_name = match here {
        "" => pick(language, "an unknown zone", "un fuseau inconnu"),
        name => name,
    };
    match (site, language) {
        (Some(site), _) if site == here => None,
        (Some(site), Language::English) => Some(format!(
            "Times are those of the site, {site}; this device is in {here_name}."
        )),
        (Some(site), Language::French) => Some(format!(
            "Les heures sont celles du site, {site}\u{a0}; cet appareil\u{a0}: {here_name}."
        )),
        (None, Language::English) => Some(format!(
            "Times are those of this device ({here_name}); the site’s time zone is not known."
        )),
        (None, Language::French) => Some(format!(
            "Les heures sont celles de cet appareil ({here_name})\u{a0}; le fuseau horaire du site n’est pas connu."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulated_installation_is_called_so_in_both_languages() {
        let text = include_str!("../../../protocol/golden/info.json");
        let mut info: Info = releve_protocol::decode(text.as_bytes()).unwrap();
        let said = |info: &Info| about(info, Language::French);
        info.hardware.description = SIMULATED.to_owned();
        assert_eq!(said(&info), "AGM 12 V 18 Ah · installation simulée");
        assert!(about(&info, Language::English).ends_with("· simulated installation"));
        // Whatever else a node says of itself is left as it is.
        info.hardware.description = "Banc d’essai".to_owned();
        assert_eq!(said(&info), "AGM 12 V 18 Ah · Banc d’essai");
    }

    #[test]
    fn whose_time_it_is_is_said_where_the_zones_differ() {
        let said = |site, here| zones(site, here, Language::English);
        assert_eq!(said(Some("Europe/Paris"), "Europe/Paris"), None);
        assert_eq!(
            said(Some("Europe/Paris"), "UTC").as_deref(),
            Some("Times are those of the site, Europe/Paris; this device is in UTC.")
        );
        assert_eq!(
            said(None, "UTC").as_deref(),
            Some("Times are those of this device (UTC); the site’s time zone is not known.")
        );
        let french = zones(Some("Europe/Paris"), "", Language::French);
        assert!(
            french.is_some_and(|french| french.ends_with("cet appareil\u{a0}: un fuseau inconnu."))
        );
    }
}
