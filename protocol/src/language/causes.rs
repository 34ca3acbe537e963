//! What is wrong, in words: the causes of alarms and of cycles that ended early.

use releve_control::Cause;

use super::Language;

impl Language {
    /// A cause in words, to stand after a colon.
    #[must_use]
    pub const fn cause(self, cause: Cause) -> &'static str {
        match cause {
            Cause::VoltageMissing => self.pick(
                "the battery’s voltage cannot be measured",
                "la tension de la batterie ne peut être mesurée",
            ),
            Cause::TemperatureMissing => self.pick(
                "the temperature cannot be measured",
                "la température ne peut être mesurée",
            ),
            Cause::VoltageFrozen => self.pick(
                "the measured voltage did not follow a step of the current",
                "la tension mesurée n’a pas suivi un saut de courant",
            ),
            Cause::MainsWelded => self.pick(
                "contact 1 (mains) is welded: current flows although it was opened",
                "le contact 1 (réseau) est soudé : le courant passe malgré son ouverture",
            ),
            Cause::ChargerWelded => self.pick(
                "contact 2 (charger) is welded: current flows although it was opened",
                "le contact 2 (chargeur) est soudé : le courant passe malgré son ouverture",
            ),
            Cause::ContactWelded => self.pick(
                "contact 1 or 2 is welded: current flows although both were opened",
                "le contact 1 ou 2 est soudé : le courant passe malgré leur ouverture",
            ),
            Cause::ReadBackDiffers => self.pick(
                "the relay board reads back another position than it was told",
                "la carte relais relit une autre position que celle qui a été commandée",
            ),
            Cause::BoardRefuses => self.pick(
                "the relay board does not take what it is told: nobody knows where the relays stand",
                "la carte relais refuse les commandes : nul ne sait où sont les relais",
            ),
            Cause::DiskFull => self.pick("the disk is full", "le disque est plein"),
            Cause::DiskFails => self.pick(
                "the disk refuses, or is gone",
                "le disque refuse l’écriture ou a disparu",
            ),
            Cause::DiskStalls => {
                self.pick("the disk does not answer", "le disque ne répond pas")
            }
            Cause::NoChargeCurrent => self.pick(
                "no charging current: dead charger, lost mains, or a contact that does not close",
                "pas de courant de charge : chargeur mort, réseau perdu ou contact qui ne ferme pas",
            ),
            Cause::ChargerDead => self.pick(
                "the charger gives neither voltage nor current although mains is there",
                "le chargeur ne donne ni tension ni courant malgré le réseau",
            ),
            Cause::ChargerLeadOpen => self.pick(
                "the charger’s current does not reach the battery: a blown fuse or an open lead",
                "le courant du chargeur n’atteint pas la batterie : fusible fondu ou câble coupé",
            ),
            Cause::Heat => self.pick("the battery was too hot", "la batterie était trop chaude"),
            Cause::Cold => self.pick(
                "the battery was too cold to be charged",
                "la batterie était trop froide pour être chargée",
            ),
            Cause::ThermalRunaway => self.pick("thermal runaway", "emballement thermique"),
            Cause::VoltageHardLimit => self.pick(
                "the voltage reached the hard limit",
                "la tension a atteint la limite absolue",
            ),
            Cause::DataLost => self.pick(
                "voltage or temperature could not be trusted",
                "la tension ou la température n’était pas fiable",
            ),
            Cause::Floor => self.pick(
                "the voltage reached the discharge floor",
                "la tension a atteint le plancher de décharge",
            ),
            Cause::Reserve => self.pick("the reserve was reached", "la réserve a été atteinte"),
            Cause::LongestDischarge => self.pick(
                "the discharge lasted for the longest time allowed",
                "la décharge a atteint sa durée maximale",
            ),
            Cause::CriticalPeriod => self.pick(
                "a critical period began",
                "une période critique a commencé",
            ),
            Cause::MainsLost => self.pick("mains was lost", "le réseau 230 V a été perdu"),
            Cause::ProbeVoltage => self.pick(
                "the voltage of the first minute was too low",
                "la tension de la première minute était trop basse",
            ),
            Cause::ProbeDip => self.pick(
                "the voltage dipped deeper in the first minute than in earlier cycles",
                "la tension a chuté plus bas pendant la première minute que lors des cycles précédents",
            ),
            Cause::Slope => self.pick(
                "the voltage fell faster than in the last cycle",
                "la tension a baissé plus vite que lors du dernier cycle",
            ),
            Cause::TemperatureRange => self.pick(
                "the temperature left the range in which cycles run",
                "la température a quitté la plage admise pour un cycle",
            ),
            Cause::ClockJump => self.pick("the wall clock jumped", "l’horloge a sauté"),
            Cause::RelayFault => self.pick(
                "a relay does not do what it is told",
                "un relais n’obéit pas",
            ),
            Cause::ChargeTimeout => self.pick(
                "the charge did not end in time",
                "la charge ne s’est pas terminée à temps",
            ),
            Cause::Blocked => self.pick(
                "something stood against the discharge for too long",
                "quelque chose s’est opposé trop longtemps à la décharge",
            ),
            Cause::Restart => self.pick(
                "the program was restarted",
                "le programme a été redémarré",
            ),
            Cause::Operator => self.pick(
                "an operator ended it",
                "un opérateur y a mis fin",
            ),
        }
    }
}
