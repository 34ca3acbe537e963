//! What `state` says of each input.

use releve_control::{Cause, InputFault, Inputs};
use releve_node::journal::Capacity;
use releve_plant::{Fault, PlantConfig, SensorName};

use crate::harness::{Site, states};

#[test]
fn a_fault_of_an_input_is_told_at_once_and_until_a_window_after_its_end() {
    let mut site = Site::new();
    site.windows(2);
    assert_eq!(site.state().inputs, Inputs::default());
    let silent = Fault::SensorLost(SensorName::Load);
    site.simulated.with_plant(|plant| plant.inject(silent));
    let told = states(&site.tick()).pop().expect("told at once").inputs;
    assert_eq!(
        told,
        Inputs {
            load: Some(InputFault::NoAnswer),
            ..Inputs::default()
        }
    );
    site.simulated.with_plant(|plant| plant.clear(silent));
    site.ticks(9);
    assert_eq!(site.state().inputs, told);
    site.tick();
    assert_eq!(site.state().inputs, Inputs::default());
}

#[test]
fn a_voltage_that_does_not_answer_the_edge_gives_no_response() {
    let mut plant = PlantConfig::telecom_site();
    plant.load.mean_watts = 100.0;
    let mut site = Site::with(plant, Capacity::days(1));
    site.windows(3);
    let stuck = Fault::SensorStuck(SensorName::Battery);
    site.simulated.with_plant(|plant| plant.inject(stuck));
    site.windows(1);
    site.manual();
    site.send("relay/mains", "open");
    site.windows(1);
    let state = site.state();
    let frozen = |cause| cause == Some(Cause::VoltageFrozen);
    assert!(
        state.alarms.iter().any(|alarm| frozen(alarm.cause)),
        "{:?}",
        state.alarms
    );
    assert_eq!(state.inputs.battery, Some(InputFault::NoResponse));
}
