//! The two languages of Releve's users, and the names that the contract's words have in them.

mod alarms;
mod causes;
mod cycle;
mod inputs;
mod limits;

use releve_control::{Authority, Contact, Mode, RelayName};

/// A language that Releve speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// The language's tag, `en` or `fr`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The language of a tag such as `fr-CH`; English where it is neither.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("fr") {
            Self::French
        } else {
            Self::English
        }
    }

    /// The one of the two texts that is in this language.
    pub(crate) const fn pick(self, english: &'static str, french: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }

    /// The name of a mode.
    #[must_use]
    pub const fn mode(self, mode: Mode) -> &'static str {
        match mode {
            Mode::Observer => self.pick("Observer", "Observateur"),
            Mode::OverchargeProtection => {
                self.pick("Overcharge protection", "Protection contre la surcharge")
            }
            Mode::ConsumptionCycle => self.pick("Consumption cycle", "Cycle de consommation"),
        }
    }

    /// The name of an authority.
    #[must_use]
    pub const fn authority(self, authority: Authority) -> &'static str {
        match authority {
            Authority::Automatic => self.pick("Automatic", "Automatique"),
            Authority::Manual => self.pick("Manual", "Manuel"),
        }
    }

    /// The name of a relay.
    #[must_use]
    pub const fn relay(self, relay: RelayName) -> &'static str {
        match relay {
            RelayName::Mains => self.pick("Relay 1, mains", "Relais 1, réseau"),
            RelayName::Charger => self.pick("Relay 2, charger", "Relais 2, chargeur"),
            RelayName::Aux1 => self.pick("Relay 3, auxiliary", "Relais 3, auxiliaire"),
            RelayName::Aux2 => self.pick("Relay 4, auxiliary", "Relais 4, auxiliaire"),
        }
    }

    /// The name of a contact's position.
    #[must_use]
    pub const fn contact(self, contact: Contact) -> &'static str {
        match contact {
            Contact::Closed => self.pick("closed", "fermé"),
            Contact::Open => self.pick("open", "ouvert"),
        }
    }
}
