//! Alarms in sentences.

use releve_protocol::control::{Alarm, AlarmName, Severity, Unit};
use releve_protocol::{Language, Timestamp};

use super::{Speaker, pick};
use crate::format;

/// On which side of its threshold a value raises an alarm.
#[derive(Clone, Copy)]
enum Side {
    Above,
    Below,
}

const fn measure(alarm: AlarmName) -> Option<(Side, Unit)> {
    match alarm {
        AlarmName::TemperatureHigh | AlarmName::TemperatureLimit => {
            Some((Side::Above, Unit::DegreeCelsius))
        }
        AlarmName::VoltageHardLimit | AlarmName::ChargerVoltageHigh => {
            Some((Side::Above, Unit::Volt))
        }
        AlarmName::BatteryAtFloor => Some((Side::Below, Unit::Volt)),
        AlarmName::DataLost | AlarmName::MainsLost | AlarmName::RelayFault => None,
    }
}

/// The name of a severity.
pub const fn severity(severity: Severity, language: Language) -> &'static str {
    match severity {
        Severity::Info => pick(language, "Information", "Information"),
        Severity::Warning => pick(language, "Warning", "Avertissement"),
        Severity::Critical => pick(language, "Critical", "Critique"),
    }
}

/// `46.1 °C above 45.0 °C`: the values that raised the alarm, where it has any.
pub fn cause(alarm: &Alarm<Timestamp>, language: Language) -> Option<String> {
    let (side, unit) = measure(alarm.alarm)?;
    let value = format::quantity(alarm.value?, unit, language);
    let threshold = format::quantity(alarm.threshold?, unit, language);
    let relation = match side {
        Side::Above => pick(language, "above", "au-dessus de"),
        Side::Below => pick(language, "at or below", "au plus"),
    };
    Some(format!("{value} {relation} {threshold}"))
}

/// `Critical, since 23:02: 46.1 °C above 45.0 °C. Acknowledged at 23:05.`
pub fn detail(alarm: &Alarm<Timestamp>, speaker: Speaker) -> String {
    let language = speaker.language;
    let severity = severity(alarm.severity, language);
    let since = speaker.at(alarm.since);
    let mut text = match language {
        Language::English => format!("{severity}, since {since}"),
        Language::French => format!("{severity}, depuis {since}"),
    };
    if let Some(cause) = cause(alarm, language) {
        text.push_str(pick(language, ": ", "\u{a0}: "));
        text.push_str(&cause);
    }
    text.push('.');
    if let Some(at) = alarm.acknowledged_at {
        let at = speaker.at(at);
        text.push_str(&match language {
            Language::English => format!(" Acknowledged at {at}."),
            Language::French => format!(" Acquittée à {at}."),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use releve_protocol::State;

    fn golden() -> Vec<Alarm<Timestamp>> {
        let text = include_str!("../../../protocol/golden/state.json");
        releve_protocol::decode::<State>(text.as_bytes())
            .unwrap()
            .alarms
    }

    #[test]
    fn an_alarm_names_its_cause_and_its_moment() {
        let alarms = golden();
        assert_eq!(
            detail(&alarms[0], Speaker::for_tests(Language::French)),
            "Avertissement, depuis 21:40\u{a0}: 35,2\u{a0}°C au-dessus de 35,0\u{a0}°C. Acquittée à 21:55."
        );
        assert_eq!(
            detail(&alarms[1], Speaker::for_tests(Language::English)),
            "Critical, since 23:02: 46.1\u{a0}°C above 45.0\u{a0}°C."
        );
    }
}
