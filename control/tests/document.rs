//! Holds `docs/control.md` against the code: every limit, rule, alarm and number, and the diagram.

use core::time::Duration;

use releve_control::compensation::{RESTED_MARGIN_VOLTS, shift_volts};
use releve_control::decision::{SAMPLES_PER_WINDOW, WINDOW};
use releve_control::guards::Guards;
use releve_control::interlock::{
    cold, data_lost, discharge_depth, floor, frozen, heat, mains, reserve, thermal_runaway,
    voltage_hard_limit,
};
use releve_control::limits::{self, bounds};
use releve_control::mode::consumption_cycle as cycle;
use releve_control::profile::Profile;
use releve_control::{
    AlarmName, LEASE_DEFAULT, LEASE_MAX, LEASE_MIN, LOST_AFTER_INTERVALS, LimitName,
    REFUTING_SAMPLES, Rule, charger_voltage, clock, current, gauge, mode, over_range, plausibility,
    switching, tare, temperature_rise, verification,
};

const PAGE: &str = include_str!("../../docs/control.md");

/// Asserts that the section of that title has a line that begins so.
#[track_caller]
fn row(section: &str, beginning: &str) {
    let text = PAGE
        .split("\n## ")
        .find(|text| text.starts_with(section))
        .expect("docs/control.md has that section");
    assert!(
        text.lines().any(|line| line.starts_with(beginning)),
        "docs/control.md, {section}, lacks a line that begins with\n{beginning}"
    );
}

#[test]
fn every_limit_is_listed_with_its_defaults_and_bounds() {
    for limit in LimitName::ALL.iter().copied() {
        let defaults: String = Profile::ALL
            .iter()
            .map(|profile| format!(" {} |", profile.default_limit(limit)))
            .collect();
        let ranges: String = Profile::ALL
            .iter()
            .map(|profile| {
                let range = bounds(*profile, limit);
                format!(" {} to {} |", range.min, range.max)
            })
            .collect();
        row(
            "Limits",
            &format!("| `{limit}` |{defaults} {} |", limit.unit()),
        );
        row(
            "Limits",
            &format!("| bounds of `{limit}` |{ranges} {} |", limit.unit()),
        );
    }
    let names: String = Profile::ALL
        .iter()
        .map(|profile| format!(" {profile} |"))
        .collect();
    row("Limits", &format!("| limit |{names} unit |"));
    row("Limits", &format!("| bounds |{names} unit |"));
}

#[test]
fn every_default_lies_within_its_bounds_and_fits_the_others() {
    for profile in Profile::ALL.iter().copied() {
        for limit in LimitName::ALL.iter().copied() {
            assert!(
                bounds(profile, limit).contains(profile.default_limit(limit)),
                "{profile}: {limit}"
            );
        }
        let checked = limits::Limits::configured(profile, &[], releve_control::Monotonic::START);
        assert!(checked.is_ok(), "{profile}: {checked:?}");
    }
}

#[test]
fn every_gap_is_listed() {
    for gap in limits::GAPS {
        row(
            "Limits",
            &format!(
                "| `{}` below `{}` | {} {} |",
                gap.lower,
                gap.upper,
                gap.least,
                gap.lower.unit()
            ),
        );
    }
}

#[test]
fn every_rule_is_listed() {
    for rule in Rule::ALL {
        row("Rules", &format!("| `{rule}` | "));
    }
}

#[test]
fn every_alarm_is_listed_with_its_severity() {
    for alarm in AlarmName::ALL.iter().copied() {
        row("Alarms", &format!("| `{alarm}` | {} |", alarm.severity()));
    }
}

#[test]
fn every_absorption_voltage_is_named() {
    let all: Vec<String> = Profile::ALL
        .iter()
        .map(|profile| format!("{profile} {} V", profile.absorption_max_volts()))
        .collect();
    assert!(PAGE.contains(&all.join(", ")), "{all:?}");
}

#[test]
fn the_law_of_compensation_is_listed() {
    let row_of = |name: &str, value: &dyn Fn(Profile) -> f64, unit: &str| {
        let values: String = (Profile::ALL.iter())
            .map(|profile| format!(" {} |", (value(*profile) * 1e6).round() / 1e6 + 0.0))
            .collect();
        row(
            "Temperature compensation",
            &format!("| {name} |{values}{unit} |"),
        );
    };
    let k = |profile: Profile| profile.compensation_volts_per_cell_celsius() * 1000.0;
    row_of("k", &k, " mV a cell and °C");
    row_of(
        "cells of a 12 V block",
        &|profile| f64::from(profile.cells()),
        "",
    );
    row_of("shift at 0 °C", &|profile| shift_volts(profile, 0.0), " V");
    row_of(
        "full and at rest for a day",
        &Profile::rested_full_volts,
        " V",
    );
    row_of(
        "shift at 40 °C",
        &|profile| shift_volts(profile, 40.0),
        " V",
    );
}

#[test]
fn every_fixed_number_is_listed() {
    let minutes = |duration: core::time::Duration| format!("{} min", duration.as_secs() / 60);
    let hours = |duration: core::time::Duration| format!("{} h", duration.as_secs() / 3600);
    let range = |range: &core::ops::RangeInclusive<f64>, unit: &str| {
        format!("{} to {} {unit}", range.start(), range.end())
    };
    for (number, value) in [
        ("window", format!("{} s", WINDOW.as_secs())),
        ("samples in a window", SAMPLES_PER_WINDOW.to_string()),
        (
            "difference of the voltages from which two dips are compared",
            format!("{} V", cycle::LIKE_BEGINNING_VOLTS),
        ),
        (
            "part of the load by which two sensors of one current may differ",
            current::DIFFERENCE_FRACTION.to_string(),
        ),
        (
            "distance of the compensated `charge_stop` from a full battery at rest",
            format!("{RESTED_MARGIN_VOLTS} V"),
        ),
        (
            "samples that refute heat or the floor",
            REFUTING_SAMPLES.to_string(),
        ),
        (
            "hysteresis of `temperature_limit`",
            format!("{} °C", heat::LIMIT_HYSTERESIS_CELSIUS),
        ),
        (
            "hysteresis of `temperature_warn`",
            format!("{} °C", heat::WARN_HYSTERESIS_CELSIUS),
        ),
        (
            "hysteresis of `charge_temperature_min`",
            format!("{} °C", cold::HYSTERESIS_CELSIUS),
        ),
        (
            "time of constant voltage before thermal runaway",
            minutes(thermal_runaway::HOLD),
        ),
        (
            "deviation of a constant voltage",
            format!("{} V", thermal_runaway::CONSTANT_VOLTS),
        ),
        (
            "least current of thermal runaway, part of the capacity an hour",
            thermal_runaway::LEAST_FRACTION.to_string(),
        ),
        (
            "least current of thermal runaway, capacity unknown",
            format!("{} A", thermal_runaway::LEAST_AMPERES),
        ),
        (
            "rise of temperature in thermal runaway, current not falling",
            format!("{} °C", thermal_runaway::RISE_CELSIUS),
        ),
        (
            "loss of current that is no fall",
            thermal_runaway::FALL_FRACTION.to_string(),
        ),
        (
            "rise of temperature in thermal runaway, current growing",
            format!("{} °C", thermal_runaway::RISE_WITH_GROWTH_CELSIUS),
        ),
        (
            "growth of current in thermal runaway",
            thermal_runaway::GROWTH.to_string(),
        ),
        (
            "cooling after thermal runaway",
            format!("{} °C", thermal_runaway::COOLED_CELSIUS),
        ),
        (
            "rise that raises `temperature_rising`",
            format!("{} °C/h", temperature_rise::STEEP_CELSIUS_PER_HOUR),
        ),
        (
            "rise that clears it",
            format!("{} °C/h", temperature_rise::CALM_CELSIUS_PER_HOUR),
        ),
        (
            "time over which the rise is taken",
            minutes(temperature_rise::OVER),
        ),
        (
            "samples in a row that raise or clear `current_over_range`",
            over_range::SAMPLES.to_string(),
        ),
        (
            "trip windows in which trips of the hard limit count together",
            voltage_hard_limit::TRIP_WINDOWS.to_string(),
        ),
        (
            "hysteresis of `discharge_floor`",
            format!("{} V", floor::HYSTERESIS_VOLTS),
        ),
        (
            "factor of `reserve_runtime` above which the runtime must be again",
            reserve::RELEASE_FACTOR.to_string(),
        ),
        (
            "hysteresis of `discharge_depth`",
            format!("{} %", discharge_depth::HYSTERESIS_POINTS),
        ),
        (
            "depth below which `discharge_depth` ends at the least",
            format!("{} %", discharge_depth::LEAST_RELEASE_PERCENT),
        ),
        (
            "part of a charge that a battery keeps",
            gauge::counting::CHARGE_EFFICIENCY.to_string(),
        ),
        (
            "time without a current after which the count is unknown",
            minutes(gauge::counting::UNMEASURED_TOLERANCE),
        ),
        (
            "Peukert's exponent, lead",
            gauge::runtime::peukert_exponent(Profile::Agm).to_string(),
        ),
        (
            "Peukert's exponent, LiFePO4",
            gauge::runtime::peukert_exponent(Profile::Lifepo4).to_string(),
        ),
        (
            "time over which openings are counted",
            hours(switching::BUDGET_PERIOD),
        ),
        (
            "part of the capacity over which a slope is taken",
            cycle::SEGMENT_FRACTION.to_string(),
        ),
        (
            "such parts that are not compared at the beginning",
            cycle::SEGMENTS_SKIPPED.to_string(),
        ),
        (
            "fall of a part that counts as flat",
            format!("{} V", cycle::LEAST_FALL_VOLTS),
        ),
        (
            "difference of two loads that are alike",
            cycle::LIKE_LOAD_FRACTION.to_string(),
        ),
        (
            "hysteresis of the temperature range of a cycle",
            format!("{} °C", cycle::TEMPERATURE_HYSTERESIS_CELSIUS),
        ),
        (
            "time, besides `saturation`, before its start in which a scheduled cycle fills",
            hours(cycle::FILL_LEAD),
        ),
        (
            "time without a set clock until `clock_unset`",
            minutes(clock::UNSET_ALARM_AFTER),
        ),
        (
            "part missing after which a full battery is news again",
            gauge::NEWS_AFTER_FRACTION.to_string(),
        ),
        (
            "time after which a full battery is news again",
            hours(gauge::NEWS_AFTER),
        ),
        (
            "time after a due full charge until it is overdue",
            hours(gauge::OVERDUE_AFTER),
        ),
        (
            "samples that give the offset of the charger's current",
            tare::TARE_SAMPLES.to_string(),
        ),
        (
            "sample intervals after which a value is lost",
            LOST_AFTER_INTERVALS.to_string(),
        ),
        (
            "good windows that end lost data",
            data_lost::GOOD_WINDOWS.to_string(),
        ),
        (
            "least open time of the charger",
            minutes(mode::LEAST_OPEN_TIME),
        ),
        (
            "tolerance of `charger_voltage_high`",
            format!("{} V", charger_voltage::TOLERANCE_VOLTS),
        ),
        (
            "lease of manual authority by default",
            minutes(LEASE_DEFAULT),
        ),
        ("shortest lease", minutes(LEASE_MIN)),
        ("longest lease", minutes(LEASE_MAX)),
        (
            "believable battery voltage",
            range(&plausibility::BATTERY_VOLTS, "V"),
        ),
        (
            "believable temperature",
            range(&plausibility::TEMPERATURE_CELSIUS, "°C"),
        ),
        (
            "believable voltage of charger and load",
            range(&plausibility::CIRCUIT_VOLTS, "V"),
        ),
        (
            "believable current",
            range(&plausibility::CIRCUIT_AMPERES, "A"),
        ),
        ("tare of a current", format!("{} A", current::TARE_AMPERES)),
        (
            "current that flows beyond doubt",
            format!("{} A", current::FLOW_AMPERES),
        ),
        (
            "samples with current through an open contact that prove a weld",
            verification::WELDED_AFTER_SAMPLES.to_string(),
        ),
        (
            "samples until an edge of relay 1 or 2 is left inconclusive",
            verification::DEADLINE_SAMPLES.to_string(),
        ),
        (
            "samples until an edge of relay 3 or 4 is left inconclusive",
            verification::AUXILIARY_DEADLINE_SAMPLES.to_string(),
        ),
        (
            "samples without current that prove a discharged battery is not charged",
            verification::CHARGE_DEADLINE_SAMPLES.to_string(),
        ),
        (
            "missing charge of a discharged battery",
            format!("{} %", verification::DISCHARGED_PERCENT),
        ),
        (
            "voltage that has moved after an edge",
            format!("{} V", verification::MOVED_VOLTS),
        ),
        (
            "load that a battery feels",
            format!("{} A", verification::LOAD_AMPERES),
        ),
        (
            "change of a steady load",
            format!(
                "{} A or {} %",
                verification::LOAD_STEADY_AMPERES,
                100.0 * verification::LOAD_STEADY_PART
            ),
        ),
        (
            "input 2 above a battery that it is not connected to",
            format!("{} V", verification::LEAD_OPEN_VOLTS),
        ),
        (
            "samples of one and the same voltage on either side of a step of current that show it frozen",
            frozen::SAMPLES.to_string(),
        ),
        (
            "step of the battery's current that the voltage must answer",
            format!(
                "{} A or {} % of the capacity per hour, the greater",
                frozen::STEP_AMPERES,
                100.0 * frozen::STEP_PART_OF_CAPACITY
            ),
        ),
        (
            "samples without loss that end lost mains",
            mains::RETURN_SAMPLES.to_string(),
        ),
        (
            "differing read-backs that are tolerated",
            verification::READ_BACK_TOLERATED_SAMPLES.to_string(),
        ),
    ] {
        row("Fixed numbers", &format!("| {number} | {value} |"));
    }
}

#[test]
fn every_row_of_verified_switching_is_listed_in_order() {
    let rows: Vec<String> = verification::TABLE
        .iter()
        .map(|row| {
            let wirings: Vec<_> = row.wirings.iter().map(|wiring| wiring.name()).collect();
            let relays: Vec<_> = row.relays.iter().map(|relay| relay.name()).collect();
            let edges: Vec<_> = row.edges.iter().map(|edge| edge.name()).collect();
            format!(
                "| {} | {} | {} | `{}` | `{}` |",
                wirings.join(", "),
                relays.join(", "),
                edges.join(", "),
                row.evidence,
                row.says
            )
        })
        .collect();
    for beginning in &rows {
        row("Verified switching", beginning);
    }
    let places: Vec<_> = rows.iter().map(|row| PAGE.find(row.as_str())).collect();
    assert!(places.is_sorted(), "the order of the table decides");
    for evidence in verification::Evidence::ALL {
        row("Verified switching", &format!("- `{evidence}`: "));
    }
}

#[test]
fn the_level_of_a_held_battery_is_named_for_every_profile() {
    let all: Vec<String> = Profile::ALL
        .iter()
        .map(|profile| format!("{profile} {} V", mains::held_volts(*profile)))
        .collect();
    row("Mains", &format!("- held: {}", all.join(", ")));
}

/// The page shows the very diagram, and the very order, of the specification beside the code.
/// Every guard with the careful value and that of the concept. Taken apart by name, so that none is
/// forgotten.
#[test]
fn every_guard_is_listed() {
    let figures = |guards: Guards| {
        let minutes = |duration: Duration| format!("{} min", duration.as_secs() / 60);
        let seconds = |duration: Duration| format!("{} s", duration.as_secs());
        let or_none =
            |number: Option<f64>| number.map_or("none".to_owned(), |number| number.to_string());
        let Guards {
            least_closed,
            least_closed_by_hand,
            openings_a_day,
            trips_to_latch,
            trip_window,
            tail_fraction,
            tail_hold,
            saturation,
            absorption_timeout,
            rest_on_common_bus,
            charge_timeout,
            full_charge_every,
            fill_before_cycle,
            full_charge_fresh,
            probe,
            dip_factor,
            slope_factor,
            cycle_celsius: (coldest, hottest),
            recharge_estimate,
            count_charge,
            clock_jump,
            runaway_memory,
        } = guards;
        [
            ("least_closed", minutes(least_closed)),
            ("least_closed_by_hand", seconds(least_closed_by_hand)),
            ("openings_a_day", openings_a_day.to_string()),
            ("trips_to_latch", trips_to_latch.to_string()),
            ("trip_window", minutes(trip_window)),
            ("tail_fraction", or_none(tail_fraction)),
            ("tail_hold", minutes(tail_hold)),
            ("saturation", minutes(saturation)),
            ("absorption_timeout", minutes(absorption_timeout)),
            ("rest_on_common_bus", rest_on_common_bus.to_string()),
            ("charge_timeout", minutes(charge_timeout)),
            (
                "full_charge_every",
                full_charge_every.map_or("none".to_owned(), minutes),
            ),
            ("fill_before_cycle", fill_before_cycle.to_string()),
            ("full_charge_fresh", minutes(full_charge_fresh)),
            ("probe", minutes(probe)),
            ("dip_factor", or_none(dip_factor)),
            ("slope_factor", or_none(slope_factor)),
            ("cycle_celsius", format!("{coldest} to {hottest} °C")),
            ("recharge_estimate", minutes(recharge_estimate)),
            ("count_charge", count_charge.to_string()),
            ("clock_jump", seconds(clock_jump)),
            ("runaway_memory", minutes(runaway_memory)),
        ]
    };
    let numbers = Guards::default().numbers();
    let may_be = |name: &str| {
        let of_that_guard = numbers
            .iter()
            .filter(|number| number.name.starts_with(name));
        let ranges: Vec<String> = of_that_guard
            .filter(|number| number.name == name || number.name.contains(','))
            .map(|number| format!("{} to {}{}", number.least, number.greatest, number.unit))
            .collect();
        match ranges.as_slice() {
            [] => "true, false".to_owned(),
            _ => ranges.join("; "),
        }
    };
    let concept = figures(Guards::concept());
    for ((name, careful), (_, concept)) in figures(Guards::default()).into_iter().zip(concept) {
        let may_be = may_be(name);
        row(
            "Fixed numbers",
            &format!("| `{name}` | {careful} | {concept} | {may_be} | "),
        );
    }
}

/// The documentation at the head of a source file.
fn documentation(source: &str) -> String {
    source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect()
}

#[test]
fn the_specification_and_the_page_agree() {
    let specification = documentation(include_str!("../src/controller.rs"));
    let cycle = documentation(include_str!("../src/mode/consumption_cycle/mod.rs"));
    for text in [&specification, &cycle] {
        let diagram = text
            .split("```text\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next())
            .expect("it draws its states");
        assert!(
            PAGE.contains(diagram),
            "docs/control.md does not show this diagram:\n{diagram}"
        );
    }

    let order = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| {
                line.starts_with("| ") && line.chars().nth(2).is_some_and(|c| c.is_ascii_digit())
            })
            .map(|line| line.replace('`', ""))
            .collect()
    };
    let precedence = order(&specification);
    assert_eq!(precedence.len(), 14);
    assert_eq!(order(PAGE), precedence);
}
