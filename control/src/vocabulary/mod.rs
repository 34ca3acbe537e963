//! The words of the contract: relays, modes, authority, alarms, rules, limits, commands, events.
//!
//! Every enum here is written on the wire in lower snake case; `docs/mqtt.md` lists them all, and a
//! test of the protocol crate holds that page against these types.

mod alarm;
mod cause;
mod command;
mod cycle;
mod event;
mod input;
mod limit;
mod mode;
mod reason;
mod rejection;
mod relay;
mod schedule;
mod transient;

pub use alarm::{Alarm, AlarmName, Severity};
pub use cause::Cause;
pub use command::{AuthorityRequest, Command, CycleRequest, LEASE_DEFAULT, LEASE_MAX, LEASE_MIN};
pub use cycle::{
    Blocker, ChargeState, CycleOutcome, CycleReport, CycleStart, CycleState, DischargeEnd, FullBy,
    NextCycle, ScheduleCost,
};
pub use event::{AuthorityCause, Event};
pub use input::{InputFault, Inputs};
pub use limit::{LimitName, LimitSetting, LimitSource, Unit};
pub use mode::{Authority, MainsState, Mode, Phase, Wiring};
pub use reason::{Condition, Next, Quantity, Reason, Rule};
pub use rejection::{RejectCode, Rejection};
pub use relay::{Contact, RelayName, RelayState, Relays, Verification};
pub use schedule::{Period, Schedule, Weekday};
pub use transient::{CircuitSeries, Edge, Series, Transient, VoltageSeries};

/// Gives a wire enum its list of values, its wire name, and the way back from that name.
///
/// One line a value, so that a new value cannot be forgotten in one of the three.
macro_rules! wire_names {
    ($type:ty { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire and in configuration.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The value of that name, if there is one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::from_name(&name).ok_or_else(|| {
                    serde::de::Error::unknown_variant(&name, &[$($name),+])
                })
            }
        }
    };
}
pub(crate) use wire_names;
