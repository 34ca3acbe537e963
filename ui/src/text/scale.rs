//! Words on the voltage rule.

use releve_protocol::Language;

/// What the rule shows, for those who do not see it.
pub fn label(now: &str, floor: &str, hard: &str, language: Language) -> String {
    match language {
        Language::English => {
            format!("Battery voltage {now}, between the floor {floor} and the hard limit {hard}")
        }
        Language::French => {
            format!("Tension {now}, entre le plancher {floor} et la limite absolue {hard}")
        }
    }
}

/// The floor's mark.
pub fn floor(volts: &str, language: Language) -> String {
    match language {
        Language::English => format!("floor {volts}"),
        Language::French => format!("plancher {volts}"),
    }
}

/// The mark where the charger opens.
pub fn cut(volts: &str, language: Language) -> String {
    match language {
        Language::English => format!("opens {volts}"),
        Language::French => format!("ouverture {volts}"),
    }
}

/// The hard limit's mark.
pub fn hard(volts: &str, language: Language) -> String {
    match language {
        Language::English => format!("limit {volts}"),
        Language::French => format!("limite {volts}"),
    }
}
