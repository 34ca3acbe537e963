//! The names of the limits.

use releve_control::LimitName;

use super::Language;

impl Language {
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
            LimitName::ChargeTemperatureMin => self.pick(
                "Charger cut by cold below",
                "Chargeur coupé par le froid au-dessous de",
            ),
            LimitName::DischargeStop => self.pick(
                "Cycle ends its discharge below",
                "Fin de décharge du cycle au-dessous de",
            ),
            LimitName::ChargeStop => self.pick(
                "Battery counts as full above",
                "Batterie considérée comme pleine au-dessus de",
            ),
            LimitName::TopUp => self.pick(
                "Resting battery is charged again below",
                "Batterie au repos rechargée au-dessous de",
            ),
            LimitName::DischargeDepth => self.pick(
                "Greatest depth of discharge",
                "Profondeur de décharge maximale",
            ),
            LimitName::ReserveRuntime => self.pick(
                "Reserve kept for the load",
                "Réserve gardée pour les consommateurs",
            ),
            LimitName::LongestDischarge => {
                self.pick("Longest discharge", "Durée maximale de décharge")
            }
        }
    }
}
