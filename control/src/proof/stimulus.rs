//! What may happen to a controller in one step.

use core::time::Duration;

use crate::sample::{MainsSense, Measurement, Sample, SensorFault};
use crate::view::View;
use crate::vocabulary::{
    AuthorityRequest, Command, Contact, CycleRequest, LimitName, Mode, RelayName, Relays,
};
use crate::{Monotonic, UnixMillis};

pub(super) const MISSING: Measurement = Measurement::Missing(SensorFault::NoAnswer);

/// How far the voltage of a battery that is not connected to its charger lies below that of one that
/// is, V, where the walk knows its currents. So no voltage ever reads the same under two currents,
/// which would be a frozen sensor.
const CONNECTED_VOLTS: f64 = 0.001;

/// What happens in one step, whatever the controller has done before.
#[derive(Clone)]
pub(super) struct Stimulus {
    /// Time since the last step.
    pub(super) after: Duration,
    pub(super) sample: Option<Sample>,
    pub(super) circuits: Circuits,
    pub(super) clock: Clock,
    pub(super) commands: Vec<Command>,
}

/// What the charger's current does where a contact is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Circuits {
    /// It ends.
    Obey,
    /// It is measured as the sample says.
    AsMeasured,
}

/// What the wall clock does in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Clock {
    /// It goes on, if it is set.
    Goes,
    /// It is not known to be set.
    Unset,
    /// It shows that moment.
    Shows(UnixMillis),
}

/// A stimulus as it meets the site.
#[derive(Debug)]
pub(super) struct Occurrence<'a> {
    pub(super) after: Duration,
    pub(super) sample: Option<Sample>,
    pub(super) wall: Option<UnixMillis>,
    pub(super) commands: &'a [Command],
}

impl Stimulus {
    /// What comes of it at a site that looks like that.
    pub(super) fn meets(&self, site: &View<Monotonic>, wall: Option<UnixMillis>) -> Occurrence<'_> {
        let wall = match self.clock {
            Clock::Goes => wall.map(|wall| wall.after(self.after)),
            Clock::Unset => None,
            Clock::Shows(wall) => Some(wall),
        };
        let closed = |relay: RelayName| site.relays[relay].wanted == Contact::Closed;
        let connected = closed(RelayName::Mains) && closed(RelayName::Charger);
        let as_it_is = connected || self.circuits == Circuits::AsMeasured;
        Occurrence {
            after: self.after,
            sample: (self.sample).map(|sample| if as_it_is { sample } else { cut_off(sample) }),
            wall,
            commands: &self.commands,
        }
    }
}

/// The sample of a battery that its charger does not reach, where currents are known at all.
fn cut_off(sample: Sample) -> Sample {
    let (Measurement::Value(_), Measurement::Value(volts)) =
        (sample.charger_amperes, sample.battery_volts)
    else {
        return sample;
    };
    let volts = Measurement::Value(volts - CONNECTED_VOLTS);
    Sample {
        battery_volts: volts,
        charger_volts: volts,
        charger_amperes: Measurement::Value(0.0),
        ..sample
    }
}

impl core::fmt::Debug for Stimulus {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "after {} s: ", self.after.as_secs_f64())?;
        match &self.sample {
            Some(sample) => write!(
                f,
                "{:?} V, {:?} °C, charger {:?} A, load {:?} A, mains sense {:?}",
                sample.battery_volts,
                sample.temperature_celsius,
                sample.charger_amperes,
                sample.load_amperes,
                sample.mains_sense
            )?,
            None => f.write_str("no sample")?,
        }
        if self.clock != Clock::Goes {
            write!(f, ", clock {:?}", self.clock)?;
        }
        if !self.commands.is_empty() {
            write!(f, ", {:?}", self.commands)?;
        }
        Ok(())
    }
}

/// A sample of a site of which no current is known: no rule but voltage and temperature speaks.
pub(super) fn sample(volts: Measurement, celsius: Measurement, sense: MainsSense) -> Sample {
    Sample {
        battery_volts: volts,
        charger_volts: volts,
        charger_amperes: MISSING,
        load_volts: volts,
        load_amperes: MISSING,
        temperature_celsius: celsius,
        mains_sense: sense,
        board_refuses: false,
        relays: Relays::from_fn(|_| None),
    }
}

/// A sample after that time.
pub(super) fn sampled(after: Duration, sample: Sample) -> Stimulus {
    Stimulus {
        after,
        sample: Some(sample),
        circuits: Circuits::Obey,
        clock: Clock::Goes,
        commands: Vec::new(),
    }
}

/// That time passes, and nothing is measured.
pub(super) fn silent(after: Duration) -> Stimulus {
    Stimulus {
        after,
        sample: None,
        circuits: Circuits::Obey,
        clock: Clock::Goes,
        commands: Vec::new(),
    }
}

/// Commands that arrive together, at once.
pub(super) fn commanded(commands: &[Command]) -> Stimulus {
    Stimulus {
        commands: commands.to_vec(),
        ..silent(Duration::ZERO)
    }
}

/// Every two of these commands together, in both orders.
pub(super) fn every_two(commands: &[Command]) -> Vec<Stimulus> {
    let pairs = commands.iter().flat_map(|first| {
        let seconds = commands.iter().filter(move |second| *second != first);
        seconds.map(move |second| commanded(&[first.clone(), second.clone()]))
    });
    pairs.collect()
}

/// The wall clock does that, at once.
pub(super) fn clock(clock: Clock) -> Stimulus {
    Stimulus {
        clock,
        ..silent(Duration::ZERO)
    }
}

/// Authority to automatic and mode to observer: the operator wants the plain installation.
pub(super) fn abort() -> Stimulus {
    commanded(&[
        Command::Authority(AuthorityRequest::Automatic),
        Command::Mode(Mode::Observer),
    ])
}

/// The operator takes the site over.
pub(super) fn hold(lease: Duration) -> Command {
    Command::Authority(AuthorityRequest::Manual { lease })
}

/// The operator takes the site over and opens both circuits.
pub(super) fn hold_both_open(lease: Duration) -> Stimulus {
    commanded(&[
        hold(lease),
        Command::Relay(RelayName::Mains, Contact::Open),
        Command::Relay(RelayName::Charger, Contact::Open),
    ])
}

/// One command, at once.
pub(super) fn mode(mode: Mode) -> Stimulus {
    commanded(&[Command::Mode(mode)])
}

/// One command, at once.
pub(super) fn relay(relay: RelayName, contact: Contact) -> Stimulus {
    commanded(&[Command::Relay(relay, contact)])
}

/// One command, at once.
pub(super) fn cycle(request: CycleRequest) -> Stimulus {
    commanded(&[Command::Cycle(request)])
}

/// One command, at once.
pub(super) fn limit(limit: LimitName, value: f64) -> Stimulus {
    commanded(&[Command::Limit(limit, value)])
}

/// A threshold, a hair below it and a hair above.
pub(super) fn around(thresholds: &[f64]) -> Vec<Measurement> {
    thresholds
        .iter()
        .flat_map(|threshold| [threshold - 0.01, *threshold, threshold + 0.01])
        .map(Measurement::Value)
        .collect()
}
