//! The sentences, on golden states and on every word of the contract.

use releve_protocol::control::{AlarmName, Blocker, Cause, Condition, Next, Phase, Quantity};

use super::*;

const LANGUAGES: [Language; 2] = [Language::English, Language::French];

fn golden() -> State {
    let text = include_str!("../../../../protocol/golden/state.json");
    releve_protocol::decode(text.as_bytes()).unwrap()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn english() -> Speaker<'static> {
    Speaker::for_tests(Language::English)
}

fn french() -> Speaker<'static> {
    Speaker::for_tests(Language::French)
}

/// Overcharge protection has opened the charger at 14:02.
fn cut() -> State {
    let mut state = golden();
    state.relays.mains.reason.rule = Rule::ChargerOnly;
    let charger = &mut state.relays.charger;
    charger.since = moment("2026-11-22T14:02:00.000Z");
    charger.reason.since = charger.since;
    charger.reason.rule = Rule::OverchargeCut;
    (charger.reason.value, charger.reason.threshold) = (Some(14.52), Some(14.5));
    charger.reason.next = Some(Next {
        to: Some(Contact::Closed),
        condition: Condition::Below,
        quantity: Some(Quantity::BatteryVoltage),
        threshold: Some(13.0),
        not_before: Some(moment("2026-11-22T14:32:00.000Z")),
    });
    state
}

#[test]
fn a_decision_is_one_sentence_from_data() {
    assert_eq!(
        decision(&cut(), english()),
        "Charger open since 14:02: 14.52\u{a0}V above 14.50\u{a0}V; \
         closes below 13.00\u{a0}V, not before 14:32."
    );
    assert_eq!(
        decision(&cut(), french()),
        "Chargeur ouvert depuis 14:02\u{a0}: 14,52\u{a0}V au-dessus de 14,50\u{a0}V\u{a0}; \
         se ferme au-dessous de 13,00\u{a0}V, pas avant 14:32."
    );
}

#[test]
fn least_times_are_named_only_while_they_last() {
    let later = Speaker {
        site_now_ms: 1e15,
        ..english()
    };
    assert!(decision(&cut(), later).ends_with("closes below 13.00\u{a0}V."));
}

#[test]
fn heat_outranks_the_operator() {
    let state = golden();
    assert_eq!(
        headline(&state, Language::English),
        "Heat protection: charger disconnected."
    );
    assert_eq!(
        decision(&state, english()),
        "Charger open since 23:02: 46.1\u{a0}°C above 45.0\u{a0}°C; closes below 42.0\u{a0}°C."
    );
}

#[test]
fn a_rule_that_came_later_than_the_edge_says_since_when() {
    let mut state = golden();
    let by_hand = br#"{"rule":"manual","value":null,"threshold":null,"since":"2026-11-22T23:15:00.000Z",
        "next":{"to":null,"condition":"lease_end","quantity":null,"threshold":null,"not_before":"2026-11-22T23:45:00.000Z"}}"#;
    state.relays.mains.reason = serde_json::from_slice(by_hand).unwrap();
    assert_eq!(
        relay(&state, RelayName::Mains, french()),
        "Réseau fermé depuis 20:00\u{a0}: un opérateur décide (depuis 23:15)\u{a0}; \
         nouvelle décision à 23:45, ou si vous rendez la main."
    );
}

#[test]
fn in_overcharge_protection_the_chargers_rule_explains_the_site() {
    let mut state = cut();
    assert!(headline(&state, Language::English).starts_with("Overcharge protection"));
    state.relays.mains.reason.rule = Rule::MainsLost;
    assert!(headline(&state, Language::English).starts_with("Mains lost"));
    assert!(decision(&state, english()).starts_with("Mains closed"));
}

#[test]
fn an_observer_names_what_could_still_switch() {
    let mut state = golden();
    state.relays.charger.reason.rule = Rule::Observer;
    state.relays.charger.reason.next = None;
    let sentence = relay(&state, RelayName::Charger, english());
    assert!(
        sentence.ends_with("only an interlock opens it: from 15.00\u{a0}V, or above 45.0\u{a0}°C.")
    );
    state.relays.mains.reason = state.relays.charger.reason;
    assert_eq!(
        as_of(&headline(&state, Language::English), state.at, english()),
        "At 23:19 · Observer: charger disconnected."
    );
}

#[test]
fn an_unset_clock_is_told_from_a_critical_period() {
    let mut state = cut();
    let reason = &mut state.relays.charger.reason;
    reason.rule = Rule::CriticalPeriod;
    reason.next = reason.next.map(|next| Next {
        to: None,
        condition: Condition::Time,
        ..next
    });
    assert!(decision(&state, english()).ends_with("; decided anew at 14:32."));
    let reason = &mut state.relays.charger.reason;
    reason.next = reason.next.map(|next| Next {
        not_before: None,
        ..next
    });
    assert!(decision(&state, english()).contains("the clock is not set"));
}

/// A text for people: not empty, no wire name, no gap in a template.
#[track_caller]
fn assert_is_for_people(text: &str) {
    assert!(
        text.chars().any(char::is_alphabetic),
        "{text:?} says nothing"
    );
    for sign in ['_', '{', '}'] {
        assert!(!text.contains(sign), "{text:?} is not for people");
    }
    assert!(!text.contains("  "), "{text:?} has a gap");
    assert!(!text.contains("None"), "{text:?} shows a missing value");
}

#[test]
fn every_rule_and_condition_has_a_sentence_in_both_languages() {
    let mut state = cut();
    let values = [(Some(14.52), Some(14.5)), (None, None)];
    let moments = [None, Some(moment("2026-11-22T14:32:00.000Z"))];
    for rule in Rule::ALL {
        for (value, threshold) in values {
            for condition in Condition::ALL {
                for quantity in Quantity::ALL
                    .iter()
                    .map(|quantity| Some(*quantity))
                    .chain([None])
                {
                    for not_before in moments {
                        for to in [None, Some(Contact::Open), Some(Contact::Closed)] {
                            let reason = &mut state.relays.charger.reason;
                            reason.rule = *rule;
                            (reason.value, reason.threshold) = (value, threshold);
                            reason.next = Some(Next {
                                to,
                                condition: *condition,
                                quantity,
                                threshold,
                                not_before,
                            });
                            let [first, second] = LANGUAGES
                                .map(|l| relay(&state, RelayName::Charger, Speaker::for_tests(l)));
                            assert_is_for_people(&first);
                            assert_is_for_people(&second);
                            assert_ne!(first, second);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_word_of_the_contract_has_a_text_in_both_languages() {
    for language in LANGUAGES {
        let rules = Rule::ALL.iter().map(|rule| name(*rule, language));
        let causes = Cause::ALL.iter().map(|cause| language.cause(*cause));
        let blockers = Blocker::ALL
            .iter()
            .map(|blocker| language.blocker(*blocker));
        let phases = Phase::ALL.iter().map(|phase| language.phase(*phase));
        let alarms = AlarmName::ALL.iter().map(|alarm| language.alarm(*alarm));
        let limits = LimitName::ALL.iter().map(|limit| language.limit(*limit));
        let texts = rules.chain(causes).chain(blockers).chain(phases);
        for text in texts.chain(alarms).chain(limits) {
            assert_is_for_people(text);
        }
    }
}

#[test]
fn interlocks_are_the_rules_above_the_operator() {
    let interlocks = Rule::ALL.iter().filter(|rule| is_interlock(**rule));
    assert_eq!(interlocks.count(), 11);
    assert!(is_interlock(Rule::MainsLost) && !is_interlock(Rule::Manual));
}
