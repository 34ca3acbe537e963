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
}
