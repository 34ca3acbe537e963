//! Scenarios that read like a timeline: each says what is measured and commanded, and what must follow.

mod alarms;
mod averaging;
mod charge;
mod cold;
mod commands;
mod compensation;
mod configuration;
mod consumption_cycle;
mod discharge;
mod foreseen_edges;
mod frozen_voltage;
mod interlocks;
mod mains;
mod manual;
mod observer;
mod overcharge_protection;
mod relay_faults;
mod restart;
mod schedule;
mod site;
mod switching;
mod temperature;
mod thermal_runaway;
mod trips;
mod verification;
mod verification_table;
