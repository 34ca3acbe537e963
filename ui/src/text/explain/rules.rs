//! What each rule is called and what it saw: one entry a rule.

use releve_protocol::control::{Reason, Rule, Unit};
use releve_protocol::{Language, Timestamp};

use crate::format;
use crate::text::Both;

/// The texts of a rule.
struct RuleText {
    /// Its name.
    name: Both,
    /// What it saw, with `{value}` and `{threshold}` in that unit.
    seen: Option<(Both, Unit)>,
    /// The same where it has no values.
    plain: Both,
}

/// Whether an interlock decides, so that no command can change it.
pub fn is_interlock(rule: Rule) -> bool {
    rule < Rule::Manual
}

/// The name of what decides.
pub const fn name(rule: Rule, language: Language) -> &'static str {
    of(rule).name.text(language)
}

/// What a rule saw: `14.52 V above 14.50 V`.
pub fn because(reason: &Reason<Timestamp>, language: Language) -> String {
    let text = of(reason.rule);
    let clock_is_unset = reason.rule == Rule::CriticalPeriod
        && reason.next.is_some_and(|next| next.not_before.is_none());
    if clock_is_unset {
        return CLOCK_UNSET.text(language).to_owned();
    }
    match (&text.seen, reason.value, reason.threshold) {
        (Some((seen, unit)), Some(value), Some(threshold)) => {
            let value = format::measure(value, *unit, language);
            let threshold = format::measure(threshold, *unit, language);
            let seen = seen.text(language);
            seen.replace("{value}", &value)
                .replace("{threshold}", &threshold)
        }
        _ => text.plain.text(language).to_owned(),
    }
}

const CLOCK_UNSET: Both = Both(
    "the clock is not set, so a critical period cannot be excluded",
    "l’horloge n’est pas réglée, une période critique ne peut être exclue",
);

const CYCLE: Both = Both("Consumption cycle", "Cycle de consommation");
const OVERCHARGE: Both = Both("Overcharge protection", "Protection contre la surcharge");
const ABOVE: Both = Both(
    "{value} above {threshold}",
    "{value} au-dessus de {threshold}",
);
const BELOW: Both = Both(
    "{value} below {threshold}",
    "{value} au-dessous de {threshold}",
);

/// A rule that has no values.
const fn plain(name: Both, plain: Both) -> RuleText {
    RuleText {
        name,
        seen: None,
        plain,
    }
}

/// A rule that held a value against a threshold.
const fn seen(name: Both, unit: Unit, seen: Both, plain: Both) -> RuleText {
    RuleText {
        name,
        seen: Some((seen, unit)),
        plain,
    }
}

#[rustfmt::skip] // A table reads as a table.
const fn of(rule: Rule) -> &'static RuleText {
    match rule {
        Rule::Heat => const { &seen(
            Both("Heat protection", "Protection contre la chaleur"), Unit::DegreeCelsius, ABOVE,
            Both("the battery is too hot", "la batterie est trop chaude"),
        ) },
        Rule::Cold => const { &seen(
            Both("Cold protection", "Protection contre le froid"), Unit::DegreeCelsius, BELOW,
            Both("the battery is too cold to be charged", "la batterie est trop froide pour être chargée"),
        ) },
        Rule::ThermalRunaway => const { &seen(
            Both("Thermal runaway", "Emballement thermique"), Unit::DegreeCelsius,
            Both("current and temperature fed each other, up to {value}", "courant et température s’entretenaient, jusqu’à {value}"),
            Both("current and temperature fed each other", "courant et température s’entretenaient"),
        ) },
        Rule::VoltageHardLimit => const { &seen(
            Both("Voltage protection", "Protection contre la surtension"), Unit::Volt,
            Both("{value}, and the hard limit is {threshold}", "{value}, et la limite absolue est {threshold}"),
            Both("the hard limit was reached", "la limite absolue a été atteinte"),
        ) },
        Rule::DataLost => const { &plain(
            Both("Measurements lost", "Mesures perdues"),
            Both("voltage or temperature cannot be trusted", "tension ou température non fiables"),
        ) },
        Rule::Floor => const { &seen(
            Both("Battery at its floor", "Batterie au plancher"), Unit::Volt,
            Both("{value}, and the floor is {threshold}", "{value}, et le plancher est {threshold}"),
            Both("the discharge floor was reached", "le plancher de décharge a été atteint"),
        ) },
        Rule::Reserve => const { &seen(
            Both("Reserve reached", "Réserve atteinte"), Unit::Minute,
            Both("the battery would last {value}, and the reserve is {threshold}", "la batterie tiendrait {value}, et la réserve est de {threshold}"),
            Both("the reserve was reached", "la réserve a été atteinte"),
        ) },
        Rule::DischargeDepth => const { &seen(
            Both("Depth of discharge reached", "Profondeur de décharge atteinte"), Unit::Percent,
            Both("{value} taken out, {threshold} allowed", "{value} déchargés, {threshold} permis"),
            Both("as much as allowed was taken out", "tout ce qui est permis a été déchargé"),
        ) },
        Rule::LongestDischarge => const { &seen(
            Both("Longest discharge reached", "Durée maximale de décharge atteinte"), Unit::Minute,
            Both("on battery for {value}, {threshold} allowed", "sur batterie pendant {value}, {threshold} permis"),
            Both("on battery for as long as allowed", "sur batterie aussi longtemps qu’il est permis"),
        ) },
        Rule::CriticalPeriod => const { &plain(
            Both("Critical period", "Période critique"),
            Both("a critical period of the schedule", "période critique du programme"),
        ) },
        Rule::MainsLost => const { &plain(
            Both("Mains lost", "Réseau perdu"),
            Both("the 230 V supply is gone; closed for its return", "le 230 V manque\u{a0}; fermé pour son retour"),
        ) },
        Rule::Manual => const { &plain(
            Both("Held by hand", "Tenu à la main"),
            Both("an operator decides", "un opérateur décide"),
        ) },
        Rule::LeastTime => const { &plain(
            Both("Switched just before", "Commuté il y a peu"),
            Both("switched too short a time ago to open again", "commuté il y a trop peu de temps pour être rouvert"),
        ) },
        Rule::SwitchingBudget => const { &plain(
            Both("Switching budget spent", "Quota de manœuvres épuisé"),
            Both("opened as often as a day allows", "ouvert aussi souvent qu’un jour le permet"),
        ) },
        Rule::FullCharge => const { &plain(
            Both("Forced full charge", "Charge complète forcée"),
            Both("the battery was not seen full for too long", "la batterie n’a pas été vue pleine depuis trop longtemps"),
        ) },
        Rule::Observer => const { &plain(
            Both("Observer", "Observateur"),
            Both("the mode only observes", "le mode ne fait qu’observer"),
        ) },
        Rule::ChargerOnly => const { &plain(
            OVERCHARGE,
            Both("the mode switches the charger alone", "le mode ne commande que le chargeur"),
        ) },
        Rule::OverchargeCut => const { &seen(
            OVERCHARGE, Unit::Volt, ABOVE,
            Both("the mean voltage passed the cut", "la tension moyenne a passé la coupure"),
        ) },
        Rule::BelowOverchargeCut => const { &seen(
            OVERCHARGE, Unit::Volt, BELOW,
            Both("the mean voltage is below the cut", "la tension moyenne est sous la coupure"),
        ) },
        Rule::CycleWaiting => const { &plain(
            CYCLE,
            Both("no cycle is running", "aucun cycle en cours"),
        ) },
        Rule::CycleFilling => const { &plain(
            CYCLE,
            Both("charged fully before the discharge", "charge complète avant la décharge"),
        ) },
        Rule::CycleDischarging => const { &plain(
            CYCLE,
            Both("the battery carries the load", "la batterie alimente l’équipement"),
        ) },
        Rule::CycleCharging => const { &plain(
            CYCLE,
            Both("the battery is charged again", "la batterie est rechargée"),
        ) },
        Rule::CycleResting => const { &plain(
            CYCLE,
            Both("the full battery rests", "la batterie pleine se repose"),
        ) },
        Rule::HandOnly => const { &plain(
            Both("By hand only", "À la main seulement"),
            Both("switched by hand only", "commandé à la main seulement"),
        ) },
    }
}
