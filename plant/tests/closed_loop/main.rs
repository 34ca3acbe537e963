//! The complete controller on a simulated installation: timelines of what a site does and when.
//!
//! Each sentence of the project's concept, and where it is shown:
//!
//! | the concept says | shown by |
//! |---|---|
//! | measurements on the activity of battery, supply and charger are collected | `measuring::battery_charger_and_load_are_measured` |
//! | relay 1 cuts the whole installation and forces it onto the backup supply | `measuring::relay_1_cuts_mains_and_puts_the_equipment_on_the_battery` |
//! | relay 2 interrupts the battery's charge | `measuring::relay_2_interrupts_the_charge` |
//! | input 1 measures the battery's voltage; input 2 voltage, power and current of the charger; input 3 those of the equipment; and the temperature | `measuring::battery_charger_and_load_are_measured` |
//! | observer: the default; relays 1 and 2 closed; every 30 s ten measurements, their mean handed on | `measuring::the_observer_is_the_default_and_only_measures` |
//! | overcharge protection: relays 1 and 2 closed; above x V relay 2 opens, below x V it closes and all begins anew; it measures in every state | `overcharge_protection::the_charger_opens_above_the_cut_and_closes_below_the_resume` |
//! | it measures in every state, in a cycle, too | `consumption_cycle::it_measures_in_every_phase` |
//! | consumption cycle: outside of critical periods mains is cut, the equipment uses the battery | `consumption_cycle::a_cycle_runs_outside_of_critical_periods_only` |
//! | opens relays 1 and 2; below x V closes both and charges; above x V opens relay 2; below x V closes it again | `consumption_cycle::voltages_alone_steer_the_concept_s_cycle` |
//! | above a temperature the user is told; above a limit relay 2 opens, and he is told, too | `heat::a_hot_battery_is_told_of_and_then_no_longer_charged` |
//! | manual or automatic mode, to force a manoeuvre | `by_hand::the_operator_forces_a_manoeuvre_and_gives_the_site_back` |
//! | the script applies modes and variants by the user's orders | `properties::whatever_happens_the_site_stays_safe` |

mod by_hand;
mod clock_and_restart;
mod consumption_cycle;
mod faulty_charger;
mod full_charge;
mod guards;
mod heat;
mod log;
mod lost_data;
mod lost_mains;
mod measuring;
mod overcharge_protection;
mod properties;
mod schedules;
mod site;
mod temperature;
mod weak_battery;
mod years;
