//! Answers to commands: why one was refused, and what its measurements said.

use releve_protocol::Language;
use releve_protocol::control::{Blocker, RejectCode};

use super::{Both, limits, pick, schedule};
use crate::commands::Request;
use crate::fleet::Site;
use crate::weekly_plan::Field;

/// A refusal in the page's language: by its code, with what stands against a cycle or a limit at that
/// site. Where the code says less than the site's own words, which are English, those are shown in
/// English.
pub fn refusal(
    request: &Request,
    code: Option<RejectCode>,
    reason: Option<&str>,
    site: Option<&Site>,
    language: Language,
) -> String {
    let state = site.and_then(|site| site.state.as_ref());
    let blockers = state.map_or(&[][..], |state| &state.cycle.next.blockers_by_hand);
    if code == Some(RejectCode::CycleBlocked) && !blockers.is_empty() {
        return cycle_blocked(blockers, language);
    }
    if let Request::Schedule(_) = request
        && let Some(field) = Field::refused(code, reason.unwrap_or_default())
    {
        return schedule::problem(field, language);
    }
    if let Request::Limit(limit, value) = *request
        && code == Some(RejectCode::Contradiction)
        && let Some(site) = site
        && let Some(against) = limits::contradiction(limit, value, site, language)
    {
        return against;
    }
    match (language, reason, code) {
        (Language::English, Some(reason), _) | (Language::French, Some(reason), None) => {
            reason.to_owned()
        }
        (_, _, Some(code)) => of_code(code, language).to_owned(),
        (_, None, None) => pick(
            language,
            "The site refused without saying why.",
            "Le site a refusé sans dire pourquoi.",
        )
        .to_owned(),
    }
}

fn cycle_blocked(blockers: &[Blocker], language: Language) -> String {
    let what: Vec<_> = blockers.iter().map(|b| language.blocker(*b)).collect();
    let now = Both(
        "A cycle cannot start now: ",
        "Un cycle ne peut pas commencer maintenant\u{a0}: ",
    );
    let semicolon = Both("; ", "\u{a0}; ").text(language);
    format!("{}{}.", now.text(language), what.join(semicolon))
}

const fn of_code(code: RejectCode, language: Language) -> &'static str {
    match code {
        RejectCode::Malformed => pick(
            language,
            "The site could not read the command: this page and the node are of different versions.",
            "Le site n’a pas pu lire la commande\u{a0}: cette page et le nœud sont de versions différentes.",
        ),
        RejectCode::UnknownThing => pick(
            language,
            "The site does not know what was to be set.",
            "Le site ne connaît pas ce réglage.",
        ),
        RejectCode::WrongValue => pick(
            language,
            "The value is not allowed; mind the bounds.",
            "Cette valeur n’est pas admise\u{a0}; respectez les bornes.",
        ),
        RejectCode::Contradiction => pick(
            language,
            "The limit comes too close to another one; change that one first.",
            "Cette limite est trop proche d’une autre\u{a0}; changez d’abord l’autre.",
        ),
        RejectCode::AuthorityAutomatic => pick(
            language,
            "Relays 1 and 2 obey only under manual authority: take manual control first.",
            "Les relais 1 et 2 n’obéissent qu’en manuel\u{a0}: passez d’abord en manuel.",
        ),
        RejectCode::Interlock => pick(
            language,
            "An interlock stands against it.",
            "Une sécurité s’y oppose.",
        ),
        RejectCode::NotConfigured => pick(
            language,
            "It needs something that the site’s configuration does not have.",
            "Il y manque quelque chose dans la configuration du site.",
        ),
        RejectCode::TooSoon => pick(
            language,
            "The relay was switched too short a time ago; wait a moment.",
            "Le relais a été commuté il y a trop peu de temps\u{a0}; patientez.",
        ),
        RejectCode::SwitchingBudget => pick(
            language,
            "The relay was opened too often today.",
            "Le relais a été ouvert trop souvent aujourd’hui.",
        ),
        RejectCode::CycleBlocked => pick(
            language,
            "A cycle cannot start now; see what stands against it.",
            "Un cycle ne peut pas commencer maintenant\u{a0}; voyez ce qui s’y oppose.",
        ),
        RejectCode::NotActive => pick(
            language,
            "The alarm is no longer active.",
            "L’alarme n’est plus active.",
        ),
        RejectCode::Expired => pick(
            language,
            "The command came too late. Check the clock of this device, then try again.",
            "La commande est arrivée trop tard. Vérifiez l’heure de cet appareil, puis réessayez.",
        ),
        RejectCode::Retained => pick(
            language,
            "The broker had kept the command, so nobody can tell how old it is.",
            "Le broker avait gardé la commande\u{a0}: son âge est inconnu.",
        ),
        RejectCode::RestartLoop => pick(
            language,
            "The program restarts again and again: acknowledge that alarm first, then set the mode.",
            "Le programme redémarre sans cesse\u{a0}: acquittez d’abord cette alarme, puis réglez le mode.",
        ),
        RejectCode::UnknownEpoch => pick(
            language,
            "The site’s journal is another one.",
            "Le journal du site a changé.",
        ),
        RejectCode::RelayBoard => pick(
            language,
            "The relay board did not take the command: check its wiring.",
            "La carte relais n’a pas pris la commande\u{a0}: vérifiez son câblage.",
        ),
        RejectCode::Busy => pick(
            language,
            "Too many commands at once; try again in a moment.",
            "Trop de commandes à la fois\u{a0}; réessayez dans un instant.",
        ),
    }
}

/// What silence means.
pub const fn no_answer(language: Language) -> &'static str {
    pick(
        language,
        "No answer from the site. The command has expired and will not be carried out.",
        "Pas de réponse du site. La commande a expiré et ne sera pas exécutée.",
    )
}

/// What a broker's refusal means.
pub const fn not_allowed(language: Language) -> &'static str {
    pick(
        language,
        "Your user may look, not command: the broker let nothing pass. Log in as an operator.",
        "Votre compte peut consulter, pas commander\u{a0}: le broker n’a rien laissé passer. Connectez-vous comme opérateur.",
    )
}

/// What the measurements said against it.
pub const fn contradicted(language: Language) -> &'static str {
    pick(
        language,
        "The measurements contradict it: the relay may not have moved.",
        "Les mesures le contredisent\u{a0}: le relais n’a peut-être pas bougé.",
    )
}

/// What no measurement could tell.
pub const fn inconclusive(language: Language) -> &'static str {
    pick(
        language,
        "carried out; no measurement could tell",
        "exécutée\u{a0}; aucune mesure ne peut le confirmer",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Fleet;
    use crate::fleet::tests::{INFO, STATE, message, site};
    use Language::{English, French};
    use releve_protocol::control::{CycleRequest, LimitName, Mode};
    use std::sync::Arc;

    fn golden() -> Arc<Site> {
        let mut fleet = Fleet::default();
        for (kind, payload) in [("info", INFO), ("state", STATE)] {
            fleet.apply(&message(kind, payload), 0.0);
        }
        site(&fleet)
    }

    #[test]
    fn refusals_are_the_sites_words_in_english_and_ours_in_french() {
        let code = Some(RejectCode::AuthorityAutomatic);
        let request = Request::Mode(Mode::Observer);
        let said = |language| refusal(&request, code, Some("Because."), None, language);
        assert_eq!(said(English), "Because.");
        assert!(said(French).contains("manuel"));
        for code in RejectCode::ALL {
            assert_ne!(of_code(*code, English), of_code(*code, French));
        }
    }

    #[test]
    fn a_blocked_cycle_names_what_stands_against_it() {
        let request = Request::Cycle(CycleRequest::Start);
        let code = Some(RejectCode::CycleBlocked);
        let said = refusal(&request, code, None, Some(&golden()), French);
        assert!(said.starts_with("Un cycle ne peut pas commencer maintenant\u{a0}: "));
        let last = French.blocker(Blocker::AlarmActive);
        assert!(said.ends_with(&format!("\u{a0}; {last}.")), "{said}");
        assert!(refusal(&request, code, None, None, French).contains("voyez"));
    }

    #[test]
    fn a_limit_that_does_not_fit_another_names_it() {
        let request = Request::Limit(LimitName::ChargeResume, 14.2);
        let code = Some(RejectCode::Contradiction);
        let site = golden();
        let said = |language| {
            refusal(
                &request,
                code,
                Some("charge_resume …"),
                Some(&site),
                language,
            )
        };
        assert_eq!(
            said(English),
            "It must stay at least 0.30\u{a0}V below “Charger opens above”, which is at 14.40\u{a0}V: give 14.10\u{a0}V or less, or change that one first."
        );
        assert_eq!(
            said(French),
            "Elle doit rester au moins 0,30\u{a0}V au-dessous de «\u{a0}Ouverture du chargeur au-dessus de\u{a0}», réglée à 14,40\u{a0}V\u{a0}: donnez 14,10\u{a0}V au plus, ou changez d’abord l’autre."
        );
        // A site of another version may have reasons that this page does not know.
        let unknown = Request::Limit(LimitName::DischargeDepth, 20.0);
        let said = refusal(&unknown, code, Some("Because."), Some(&site), English);
        assert_eq!(said, "Because.");
    }

    #[test]
    fn a_refused_schedule_names_its_field_in_both_languages() {
        let request = Request::Schedule(None);
        let code = Some(RejectCode::WrongValue);
        let reason = "time_zone must be a name of the IANA time zone database; \"x\" is not.";
        for language in [English, French] {
            let said = refusal(&request, code, Some(reason), None, language);
            assert!(said.contains("IANA") && !said.contains('_'), "{said}");
        }
    }
}
