//! Words of the consumption cycle.

use releve_protocol::control::{
    Blocker, Contact, CycleOutcome, CycleReport, CycleRequest, CycleStart, DischargeEnd,
    LEASE_DEFAULT, LimitName, Phase, ScheduleCost, Unit,
};
use releve_protocol::{Language, State, Timestamp};

use super::{Both, Speaker};
use crate::format;

/// A phase in one word, for the track.
pub const fn step(phase: Phase) -> Both {
    match phase {
        Phase::Waiting => Both("Waiting", "Attente"),
        Phase::Filling => Both("Filling", "Plein"),
        Phase::Probing => Both("Probing", "Essai"),
        Phase::Discharging => Both("Discharging", "Décharge"),
        Phase::Charging => Both("Charging", "Charge"),
        Phase::Resting => Both("Resting", "Repos"),
    }
}

/// `Discharging since 22:11, for 29 min. 0.61 Ah taken out. It ends when the first of these comes: 12.20 V,
/// 25 % taken out, or 8 h have passed. Begun at 21:02 by the schedule.`
pub fn present(state: &State, speaker: Speaker) -> String {
    let language = speaker.language;
    let Some(phase) = state.phase else {
        let mode = language.mode(state.mode);
        return match language {
            Language::English => format!("No cycle: the mode is {mode}."),
            Language::French => format!("Pas de cycle\u{a0}: le mode est {mode}."),
        };
    };
    let mut text = language.phase(phase).to_owned();
    let cycle = &state.cycle;
    if let Some(since) = cycle.phase_since {
        let duration = format::duration(speaker.seconds_since(since), language);
        let since = speaker.at(since);
        text += &match language {
            Language::English => format!(" since {since}, for {duration}"),
            Language::French => format!(" depuis {since}, soit {duration}"),
        };
    }
    text.push('.');
    if let Some(taken) = cycle.discharged_ah {
        let taken = format::number(taken, 2, language);
        text += &match language {
            Language::English => format!(" {taken}\u{a0}Ah taken out."),
            Language::French => format!(" {taken}\u{a0}Ah déchargés."),
        };
    }
    if matches!(phase, Phase::Probing | Phase::Discharging) {
        let end = discharge_end(Some(state), language);
        text += &match language {
            Language::English => format!(" It ends when the first of these comes: {end}."),
            Language::French => format!(" Elle finit à la première de ces bornes\u{a0}: {end}."),
        };
    }
    if let (Some(at), Some(by)) = (cycle.started_at, cycle.started_by) {
        let at = speaker.at(at);
        let by = begun_by(by).text(language);
        text += &match language {
            Language::English => format!(" Begun at {at} {by}."),
            Language::French => format!(" Commencé à {at} {by}."),
        };
    }
    text
}

const fn begun_by(by: CycleStart) -> Both {
    match by {
        CycleStart::Schedule => Both("by the schedule", "par le programme"),
        CycleStart::Operator => Both("by an operator", "par un opérateur"),
    }
}

/// What starting or aborting leads to, with the site's own limits.
pub fn consequence(request: CycleRequest, state: Option<&State>, language: Language) -> String {
    if request == CycleRequest::Abort {
        return Both(
            "Mains and charger close at once, and the battery is charged. The next cycle begins by the schedule or by hand.",
            "Réseau et chargeur se ferment aussitôt, et la batterie est rechargée. Le prochain cycle commence par le programme ou à la main.",
        )
        .text(language)
        .to_owned();
    }
    let end = discharge_end(state, language);
    match language {
        Language::English => format!(
            "The battery is charged fully first. Then mains opens and the battery alone carries the load, until {end}; then it is charged again. Every interlock still ends it at once."
        ),
        Language::French => format!(
            "La batterie est d’abord chargée à fond. Puis le réseau s’ouvre et la batterie alimente seule l’équipement, jusqu’à {end}\u{a0}; ensuite elle est rechargée. Chaque sécurité y met toujours fin aussitôt."
        ),
    }
}

/// What taking manual control leads to while a cycle runs: relays 1 and 2 are held as they stand.
pub fn ended_by_hand(state: Option<&State>, language: Language) -> String {
    let ends = Both(
        "The running cycle ends; the next one begins by the schedule or by hand.",
        "Le cycle en cours prend fin\u{a0}; le prochain commence par le programme ou à la main.",
    );
    let is_on_battery = state.is_some_and(|state| state.relays.mains.wanted == Contact::Open);
    let lease = format::duration(LEASE_DEFAULT.as_secs_f64(), language);
    let then = match (is_on_battery, language) {
        (true, Language::English) => format!(
            "Mains stays cut and the battery goes on feeding the load until you close the relays, hand back control, or the hold of {lease} ends. Every interlock still ends it at once."
        ),
        (true, Language::French) => format!(
            "Le réseau reste coupé et la batterie continue d’alimenter l’équipement jusqu’à ce que vous refermiez les relais ou rendiez la main, ou jusqu’à la fin des {lease} du mode manuel. Chaque sécurité y met toujours fin aussitôt."
        ),
        (false, Language::English) => format!(
            "Relays 1 and 2 stay as they stand for {lease}, or until you switch them or hand back control."
        ),
        (false, Language::French) => format!(
            "Les relais 1 et 2 restent comme ils sont pendant {lease}, ou jusqu’à ce que vous les commandiez ou rendiez la main."
        ),
    };
    format!("{} {then}", ends.text(language))
}

/// What ends a discharge: `12.20 V, 25 % taken out, or 8 h have passed`.
fn discharge_end(state: Option<&State>, language: Language) -> String {
    let limit = |name: LimitName| {
        let setting = state.and_then(|state| state.limits.get(&name));
        setting.map_or_else(
            || format::UNKNOWN.to_owned(),
            |setting| format::measure(setting.value, name.unit(), language),
        )
    };
    let (volts, depth, time) = (
        limit(LimitName::DischargeStop),
        limit(LimitName::DischargeDepth),
        limit(LimitName::LongestDischarge),
    );
    match language {
        Language::English => format!("{volts}, {depth} taken out, or {time} have passed"),
        Language::French => format!("{volts}, {depth} déchargés ou {time} écoulées"),
    }
}

/// What stands against a cycle: first what stands against one by hand as well, then what stands
/// against the schedule alone.
pub fn blockers(state: &State, language: Language) -> (Vec<String>, Vec<String>) {
    let next = &state.cycle.next;
    let name = |blocker: &Blocker| language.blocker(*blocker).to_owned();
    let only_schedule = next.blockers.iter();
    let only_schedule = only_schedule.filter(|blocker| !next.blockers_by_hand.contains(blocker));
    (
        next.blockers_by_hand.iter().map(name).collect(),
        only_schedule.map(name).collect(),
    )
}

/// When the next cycle begins by itself.
pub fn next(state: &State, speaker: Speaker) -> String {
    match state.cycle.next.at {
        Some(at) if (at.as_unix_millis() as f64) > speaker.site_now_ms => speaker.at(at),
        Some(_) => Both("now", "maintenant").text(speaker.language).to_owned(),
        None => Both("never by itself", "jamais de lui-même")
            .text(speaker.language)
            .to_owned(),
    }
}

/// How the last cycle went: `Completed at 23:40, begun at 21:02 by the schedule.` and its figures.
pub fn report(report: &CycleReport<Timestamp>, speaker: Speaker) -> Vec<String> {
    let language = speaker.language;
    let mut lines = vec![outcome(report, speaker)];
    if let Some(seconds) = report.discharge_s {
        let duration = format::duration(seconds, language);
        let mut line = match language {
            Language::English => format!("Battery carried the load for {duration}"),
            Language::French => format!("La batterie a alimenté l’équipement {duration}"),
        };
        if let Some(taken) = report.discharged_ah {
            line += &format!(", {}\u{a0}Ah", format::number(taken, 2, language));
        }
        if let Some(end) = report.discharge_end {
            line += ", ";
            line += match end {
                DischargeEnd::Voltage => Both("to the voltage wanted", "jusqu’à la tension voulue"),
                DischargeEnd::Depth => Both("to the depth wanted", "jusqu’à la profondeur voulue"),
            }
            .text(language);
        }
        lines.push(line + ".");
    }
    let volts = |value| format::quantity(value, Unit::Volt, language);
    if let Some(least) = report.least_voltage.map(volts) {
        let mut line = match language {
            Language::English => format!("Least voltage {least}"),
            Language::French => format!("Tension minimale {least}"),
        };
        if let Some(dip) = report.dip_voltage.map(volts) {
            line += &match language {
                Language::English => format!(", dip of the first minute {dip}"),
                Language::French => format!(", creux de la première minute {dip}"),
            };
        }
        lines.push(line + ".");
    }
    lines
}

fn outcome(report: &CycleReport<Timestamp>, speaker: Speaker) -> String {
    let language = speaker.language;
    let (started, ended) = (speaker.at(report.started_at), speaker.at(report.ended_at));
    let by = begun_by(report.by).text(language);
    let how = match report.outcome {
        CycleOutcome::Completed => Both("Completed", "Achevé"),
        CycleOutcome::Aborted => Both("Ended early", "Interrompu"),
    }
    .text(language);
    let why = report.cause.map_or_else(String::new, |cause| {
        let colon = Both(": ", "\u{a0}: ").text(language);
        format!("{colon}{}", language.cause(cause))
    });
    match language {
        Language::English => format!("{how} at {ended}{why}. Begun at {started} {by}."),
        Language::French => format!("{how} à {ended}{why}. Commencé à {started} {by}."),
    }
}

/// What the schedule costs in cycle life, and the reserve that it leaves.
pub fn cost(cost: &ScheduleCost, language: Language) -> [String; 2] {
    let number = |value, decimals| format::number(value, decimals, language);
    let depth = number(cost.depth_percent, 0);
    let share = number(cost.life_percent_a_year, 1);
    let years = number(cost.years_to_spend, usize::from(cost.years_to_spend < 10.0));
    let life = match language {
        Language::English => format!(
            "{share}\u{a0}% of the cycle life a year, at {depth}\u{a0}% depth: all of it in {years}\u{a0}years."
        ),
        Language::French => format!(
            "{share}\u{a0}% de la durée de vie en cycles par an, à {depth}\u{a0}% de profondeur\u{a0}: épuisée en {years}\u{a0}ans."
        ),
    };
    let left = cost.reserve_s.map(|s| format::duration(s, language));
    let reserve = match (language, left) {
        (Language::English, Some(left)) => {
            format!("At its end the battery still carries the present load for {left}.")
        }
        (Language::French, Some(left)) => {
            format!(
                "À sa fin, la batterie alimenterait encore l’équipement pendant {left}, à sa consommation actuelle."
            )
        }
        (Language::English, None) => "What reserve it leaves is not known.".to_owned(),
        (Language::French, None) => "La réserve qu’il laisse est inconnue.".to_owned(),
    };
    [life, reserve]
}

#[cfg(test)]
mod tests {
    use super::*;
    use releve_protocol::control::Cause;

    fn golden() -> State {
        let text = include_str!("../../../protocol/golden/state-cycle.json");
        releve_protocol::decode(text.as_bytes()).unwrap()
    }

    fn english() -> Speaker<'static> {
        Speaker::for_tests(Language::English)
    }

    #[test]
    fn the_present_phase_says_since_when_and_how_much() {
        assert_eq!(
            present(&golden(), english()),
            "Discharging since 22:10, for 0\u{a0}s. 0.61\u{a0}Ah taken out. It ends when the first of these comes: 12.20\u{a0}V, 25\u{a0}% taken out, or 8\u{a0}h have passed. Begun at 21:02 by the schedule."
        );
        let mut other = golden();
        other.phase = None;
        other.mode = releve_protocol::control::Mode::Observer;
        assert!(present(&other, english()).contains("Observer"));
    }

    #[test]
    fn what_stands_against_the_schedule_alone_is_told_apart() {
        let (both, schedule) = blockers(&golden(), Language::English);
        assert_eq!(both, ["a cycle is running"]);
        assert_eq!(schedule, ["the next cycle is not due yet"]);
    }

    #[test]
    fn a_start_says_where_its_discharge_ends() {
        let said = |language| consequence(CycleRequest::Start, Some(&golden()), language);
        let english = said(Language::English);
        assert!(
            english.contains("12.20\u{a0}V, 25\u{a0}% taken out, or 8\u{a0}h"),
            "{english}"
        );
        assert!(said(Language::French).contains("12,20\u{a0}V"));
        assert!(consequence(CycleRequest::Start, None, Language::English).contains("until –"));
    }

    #[test]
    fn taking_the_relays_by_hand_says_that_it_ends_the_cycle_and_who_feeds_the_load_then() {
        let mut state = golden();
        let said = |state: &State, language| ended_by_hand(Some(state), language);
        let english = said(&state, Language::English);
        assert!(english.starts_with("The running cycle ends;"), "{english}");
        assert!(
            english.contains("the battery goes on feeding the load"),
            "{english}"
        );
        assert!(said(&state, Language::French).contains("la fin des 30\u{a0}min"));
        state.relays.mains.wanted = Contact::Closed;
        assert!(said(&state, Language::English).contains("stay as they stand for 30\u{a0}min"));
    }

    #[test]
    fn a_report_says_how_it_went_and_leaves_out_what_is_not_known() {
        let at = |text: &str| text.parse().unwrap();
        let mut last = CycleReport {
            by: CycleStart::Operator,
            started_at: at("2026-11-21T20:00:00.000Z"),
            ended_at: at("2026-11-21T23:30:00.000Z"),
            outcome: CycleOutcome::Completed,
            cause: None,
            discharge_end: Some(DischargeEnd::Depth),
            discharge_s: Some(5400.0),
            discharged_ah: Some(4.5),
            least_voltage: Some(12.25),
            dip_voltage: Some(0.12),
        };
        assert_eq!(
            report(&last, english()),
            [
                "Completed at 23:30. Begun at 20:00 by an operator.",
                "Battery carried the load for 1\u{a0}h\u{a0}30\u{a0}min, 4.50\u{a0}Ah, to the depth wanted.",
                "Least voltage 12.25\u{a0}V, dip of the first minute 0.12\u{a0}V.",
            ]
        );
        last.outcome = CycleOutcome::Aborted;
        last.cause = Some(Cause::ChargeTimeout);
        (last.discharge_s, last.least_voltage) = (None, None);
        let lines = report(&last, english());
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("Ended early at 23:30: the charge did not end in time."));
    }

    #[test]
    fn a_schedule_says_its_cost_and_its_reserve() {
        let golden = golden().cycle.cost.unwrap();
        let [life, reserve] = cost(&golden, Language::English);
        assert_eq!(
            life,
            "1.6\u{a0}% of the cycle life a year, at 25\u{a0}% depth: all of it in 62\u{a0}years."
        );
        assert!(reserve.contains("not known"));
        let known = ScheduleCost {
            reserve_s: Some(36_000.0),
            ..golden
        };
        assert!(cost(&known, Language::French)[1].contains("pendant 10\u{a0}h,"));
    }
}
