//! What may not be published: by anybody, and by the one who asks.

use crate::access::Identity;
use crate::topics;

/// Commands are never retained: the node that returns after a power cut would obey an old one.
const COMMANDS: [&str; 2] = ["releve/+/set/#", "releve-bridge/+/set/#"];

/// Why a message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error(
        "commands under releve/<node>/set/ and releve-bridge/<id>/set/ must not be retained: publish without the retain flag"
    )]
    RetainedCommand,
    #[error("a last will may not be a command: nobody stands behind it any more when it is sent")]
    CommandAsWill,
    #[error("topics that start with $ are the broker's own")]
    BrokersTopic,
    #[error("this user may not publish here")]
    NotAllowed,
}

fn is_command(topic: &str) -> bool {
    COMMANDS.iter().any(|filter| topics::matches(topic, filter))
}

/// Whether a message with this topic and retain flag may be published by `identity`.
pub(crate) fn check_publish(identity: &Identity, topic: &str, retain: bool) -> Result<(), Refused> {
    if topic.starts_with('$') {
        return Err(Refused::BrokersTopic);
    }
    if retain && is_command(topic) {
        return Err(Refused::RetainedCommand);
    }
    if !identity.may_publish(topic) {
        return Err(Refused::NotAllowed);
    }
    Ok(())
}

/// Whether that may be the last will of `identity`. A command may not: it would be obeyed whenever the connection
/// ends, and that of a user who is removed ends for that.
pub(crate) fn check_will(identity: &Identity, topic: &str, retain: bool) -> Result<(), Refused> {
    if is_command(topic) {
        return Err(Refused::CommandAsWill);
    }
    check_publish(identity, topic, retain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::permissions::Role;

    #[test]
    fn retained_commands_are_refused() {
        let check = |topic, retain| check_publish(&Identity::Anybody, topic, retain);
        assert_eq!(
            check("releve/site-1/set/mode", true),
            Err(Refused::RetainedCommand)
        );
        assert_eq!(
            check("releve/site-1/set/relay/mains", true),
            Err(Refused::RetainedCommand)
        );
        assert_eq!(
            check("releve-bridge/main/set/silence/site-1", true),
            Err(Refused::RetainedCommand)
        );
        assert_eq!(check("releve/site-1/set/mode", false), Ok(()));
        assert_eq!(check("releve/site-1/state", true), Ok(()));
        assert_eq!(check("$SYS/x", false), Err(Refused::BrokersTopic));
    }

    #[test]
    fn a_command_is_no_last_will() {
        let operator = Identity::of("otto", &Role::Operator);
        for (topic, retain) in [
            ("releve/cabin/set/mode", false),
            ("releve/cabin/set/mode", true),
            ("releve-bridge/main/set/silence/cabin", false),
        ] {
            let refused = check_will(&operator, topic, retain);
            assert_eq!(refused, Err(Refused::CommandAsWill));
        }
        let elsewhere = check_will(&operator, "releve/cabin/state", true);
        assert_eq!(elsewhere, Err(Refused::NotAllowed));
        let anybody = check_will(&Identity::Anybody, "releve/cabin/availability", true);
        assert_eq!(anybody, Ok(()));
    }

    #[test]
    fn users_publish_where_they_may() {
        let viewer = Identity::of("anna", &Role::Viewer);
        let refused = check_publish(&viewer, "releve/site-1/set/mode", false);
        assert_eq!(refused, Err(Refused::NotAllowed));
        let operator = Identity::of("otto", &Role::Operator);
        let allowed = check_publish(&operator, "releve/site-1/set/mode", false);
        assert_eq!(allowed, Ok(()));
        let retained = check_publish(&operator, "releve/site-1/set/mode", true);
        assert_eq!(retained, Err(Refused::RetainedCommand));
    }
}
