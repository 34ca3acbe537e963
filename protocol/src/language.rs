//! The two languages of Releve's users, and the names that the contract's words have in them.

use releve_control::{AlarmName, Authority, Contact, LimitName, Mode, RelayName};

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

    const fn pick(self, english: &'static str, french: &'static str) -> &'static str {
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

    /// The name of an alarm.
    #[must_use]
    pub const fn alarm(self, alarm: AlarmName) -> &'static str {
        match alarm {
            AlarmName::TemperatureHigh => self.pick("Battery warm", "Batterie chaude"),
            AlarmName::TemperatureLimit => self.pick(
                "Battery too hot: charger disconnected",
                "Batterie trop chaude : chargeur déconnecté",
            ),
            AlarmName::DataLost => self.pick("Measurements lost", "Mesures perdues"),
            AlarmName::VoltageHardLimit => self.pick(
                "Battery voltage too high: charger disconnected",
                "Tension de batterie trop élevée : chargeur déconnecté",
            ),
            AlarmName::ChargerVoltageHigh => self.pick(
                "Charger voltage too high",
                "Tension du chargeur trop élevée",
            ),
            AlarmName::BatteryAtFloor => self.pick(
                "Battery at its discharge floor",
                "Batterie au plancher de décharge",
            ),
            AlarmName::MainsLost => self.pick("Mains lost", "Réseau 230 V perdu"),
            AlarmName::RelayFault => self.pick(
                "A relay does not do what it is told",
                "Un relais n’obéit pas",
            ),
        }
    }

    /// The name of a limit.
    #[must_use]
    pub const fn limit(self, limit: LimitName) -> &'static str {
        match limit {
            LimitName::OverchargeCut => {
                self.pick("Charger opens above", "Ouverture du chargeur au-dessus de")
            }
            LimitName::ChargeResume => self.pick(
                "Charger closes below",
                "Fermeture du chargeur au-dessous de",
            ),
            LimitName::HardVoltage => self.pick("Hard voltage limit", "Limite absolue de tension"),
            LimitName::DischargeFloor => self.pick("Discharge floor", "Plancher de décharge"),
            LimitName::TemperatureWarn => self.pick(
                "Temperature alarm above",
                "Alarme de température au-dessus de",
            ),
            LimitName::TemperatureLimit => self.pick(
                "Charger cut by heat above",
                "Chargeur coupé par la chaleur au-dessus de",
            ),
        }
    }
}
