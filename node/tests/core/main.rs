//! The core of a node on a simulated installation, in virtual time and without a network.

mod beginning;
mod clock;
mod commands;
mod cycle;
mod disk;
mod harness;
mod info;
mod inputs;
mod publications;
mod relays;
mod resend;
mod restart;
mod transients;
