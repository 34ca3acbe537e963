//! What is wrong with an input, in words.

use releve_control::InputFault;

use super::Language;

impl Language {
    /// A fault of an input in words, to stand beside its figure.
    #[must_use]
    pub const fn input_fault(self, fault: InputFault) -> &'static str {
        match fault {
            InputFault::NoAnswer => self.pick("no answer", "ne répond pas"),
            InputFault::BusHangs => self.pick("the bus hangs", "le bus est bloqué"),
            InputFault::Reset => self.pick("was reset", "a redémarré"),
            InputFault::Stalled => self.pick("measures nothing new", "ne mesure plus rien"),
            InputFault::Nonsense => self.pick("answers nonsense", "répond n’importe quoi"),
            InputFault::OutOfRange => self.pick("impossible figure", "valeur impossible"),
            InputFault::OverRange => self.pick("beyond its range", "hors de portée"),
            InputFault::ImplausibleStep => {
                self.pick("jumped: loose lead?", "a sauté : fil lâche ?")
            }
            InputFault::NoResponse => {
                self.pick("did not follow the current", "n’a pas suivi le courant")
            }
        }
    }
}
