//! The names of the alarms.

use releve_control::AlarmName;

use super::Language;

impl Language {
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
            AlarmName::TemperatureLow => self.pick(
                "Battery too cold: charger disconnected",
                "Batterie trop froide : chargeur déconnecté",
            ),
            AlarmName::TemperatureRising => {
                self.pick("Battery warms too fast", "La batterie chauffe trop vite")
            }
            AlarmName::ThermalRunaway => self.pick(
                "Thermal runaway: charger disconnected",
                "Emballement thermique : chargeur déconnecté",
            ),
            AlarmName::CurrentOverRange => self.pick(
                "Current beyond its sensor’s range",
                "Courant hors de la plage du capteur",
            ),
            AlarmName::ReserveLow => {
                self.pick("Battery reserve reached", "Réserve de la batterie atteinte")
            }
            AlarmName::BatteryDraining => self.pick(
                "Load empties the battery: charger held open",
                "Les consommateurs vident la batterie : chargeur maintenu ouvert",
            ),
            AlarmName::ChargeTimeout => {
                self.pick("Charge did not end in time", "Charge non terminée à temps")
            }
            AlarmName::FullChargeOverdue => {
                self.pick("Full charge overdue", "Charge complète en retard")
            }
            AlarmName::CycleAborted => self.pick(
                "Consumption cycle ended early",
                "Cycle de consommation interrompu",
            ),
            AlarmName::SwitchingBudget => {
                self.pick("Switching budget spent", "Quota de manœuvres épuisé")
            }
            AlarmName::RestartOnBattery => self.pick(
                "Restarted while on battery",
                "Redémarrage pendant la marche sur batterie",
            ),
            AlarmName::ClockUnset => self.pick("Clock not set", "Horloge non réglée"),
            AlarmName::RestartLoop => self.pick(
                "The program restarts again and again: observer only",
                "Le programme redémarre sans cesse : observation seule",
            ),
            AlarmName::StorageFault => self.pick(
                "Not everything on disk",
                "Tout n’est pas enregistré sur disque",
            ),
        }
    }
}
