//! The words of the consumption cycle: its phases, and what stands against it.

use releve_control::{Blocker, Phase};

use super::Language;

impl Language {
    /// The name of a phase.
    #[must_use]
    pub const fn phase(self, phase: Phase) -> &'static str {
        match phase {
            Phase::Waiting => self.pick("Waiting for the next cycle", "Attente du prochain cycle"),
            Phase::Filling => self.pick("Charging fully first", "Charge complète d’abord"),
            Phase::Probing => self.pick("Discharge, first minute", "Décharge, première minute"),
            Phase::Discharging => self.pick("Discharging", "Décharge"),
            Phase::Charging => self.pick("Charging", "Charge"),
            Phase::Resting => self.pick("Resting, charger open", "Repos, chargeur ouvert"),
        }
    }

    /// What stands against a cycle, in words, to stand in a list.
    #[must_use]
    pub const fn blocker(self, blocker: Blocker) -> &'static str {
        match blocker {
            Blocker::OtherMode => self.pick("another mode is chosen", "un autre mode est choisi"),
            Blocker::ManualAuthority => self.pick(
                "an operator holds the relays",
                "un opérateur tient les relais",
            ),
            Blocker::CycleRunning => self.pick("a cycle is running", "un cycle est en cours"),
            Blocker::CapacityUnknown => self.pick(
                "the battery’s capacity is not configured",
                "la capacité de la batterie n’est pas configurée",
            ),
            Blocker::NoSchedule => self.pick("there is no schedule", "il n’y a pas de programme"),
            Blocker::ClockUnset => self.pick("the clock is not set", "l’horloge n’est pas réglée"),
            Blocker::NotDue => self.pick(
                "the next cycle is not due yet",
                "le prochain cycle n’est pas encore dû",
            ),
            Blocker::OutsideWindow => {
                self.pick("no allowed window is open", "hors des plages autorisées")
            }
            Blocker::CriticalPeriod => self.pick("a critical period", "période critique"),
            Blocker::CriticalPeriodTooSoon => self.pick(
                "the next critical period comes too soon",
                "la prochaine période critique est trop proche",
            ),
            Blocker::TemperatureRange => self.pick(
                "the temperature is unknown or outside of the range for cycles",
                "température inconnue ou hors de la plage admise pour un cycle",
            ),
            Blocker::AlarmActive => self.pick("an alarm is active", "une alarme est active"),
            Blocker::FullChargeOverdue => self.pick(
                "a full charge is overdue",
                "une charge complète est en retard",
            ),
            Blocker::Reserve => self.pick(
                "the cycle would leave too small a reserve",
                "le cycle laisserait une réserve trop faible",
            ),
            Blocker::LeastTime => self.pick(
                "a relay was switched too short a time ago",
                "un relais a été commuté il y a trop peu de temps",
            ),
            Blocker::SwitchingBudget => self.pick(
                "the day’s switching budget is spent",
                "le quota de manœuvres du jour est épuisé",
            ),
            Blocker::MainsLost => self.pick("mains is lost", "le réseau 230 V est perdu"),
        }
    }
}
