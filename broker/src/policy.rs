//! What may not be published, whoever asks.

use crate::topics;

/// Commands are never retained: the node that returns after a power cut would obey an old one.
const COMMANDS: &str = "releve/+/set/#";

/// Why a message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error(
        "commands under releve/<node>/set/ must not be retained: publish without the retain flag"
    )]
    RetainedCommand,
    #[error("topics that start with $ are the broker's own")]
    BrokersTopic,
}

/// Whether a message with this topic and retain flag may be published.
pub(crate) fn check_publish(topic: &str, retain: bool) -> Result<(), Refused> {
    if topic.starts_with('$') {
        return Err(Refused::BrokersTopic);
    }
    if retain && topics::matches(topic, COMMANDS) {
        return Err(Refused::RetainedCommand);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retained_commands_are_refused() {
        assert_eq!(
            check_publish("releve/site-1/set/mode", true),
            Err(Refused::RetainedCommand)
        );
        assert_eq!(
            check_publish("releve/site-1/set/relay/mains", true),
            Err(Refused::RetainedCommand)
        );
        assert_eq!(check_publish("releve/site-1/set/mode", false), Ok(()));
        assert_eq!(check_publish("releve/site-1/state", true), Ok(()));
        assert_eq!(check_publish("$SYS/x", false), Err(Refused::BrokersTopic));
    }
}
