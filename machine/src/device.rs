//! The bridge plugged in: a HID device that the kernel's own driver takes.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};

use crate::board::Board;
use crate::cp2112::{self, Cp2112};
use crate::uhid::{self, Request};

const UHID: &str = "/dev/uhid";
const NAME: &str = "Simulated CP2112";

/// A bridge that is plugged in.
#[derive(Debug)]
pub struct Device {
    uhid: File,
    serving: JoinHandle<Result<()>>,
}

impl Device {
    /// Plugs a bridge to that board in. Its bus and lines come a moment later, when the driver is done.
    ///
    /// # Errors
    /// If the kernel does not take it.
    pub fn plug(board: Arc<Mutex<Board>>) -> Result<Self> {
        let mut uhid =
            (OpenOptions::new().read(true).write(true).open(UHID)).with_context(|| {
                format!("{UHID} cannot be opened: this is for the emulated machine")
            })?;
        let descriptor = cp2112::report_descriptor();
        let create = uhid::create(NAME, cp2112::VENDOR, cp2112::PRODUCT, &descriptor);
        uhid.write_all(&create)
            .context("the kernel took no HID device")?;
        let served = uhid.try_clone()?;
        let serving = thread::Builder::new()
            .name("bridge".to_owned())
            .spawn(move || serve(served, &mut Cp2112::new(board)))?;
        Ok(Self { uhid, serving })
    }

    /// Pulls it out again.
    ///
    /// # Errors
    /// If the kernel does not let go, or the bridge had failed before.
    pub fn unplug(mut self) -> Result<()> {
        self.uhid.write_all(&uhid::destroy())?;
        match self.serving.join() {
            Ok(served) => served,
            Err(_) => anyhow::bail!("the simulated bridge panicked"),
        }
    }
}

/// Does what the kernel asks, until its driver lets the device go.
fn serve(mut uhid: File, bridge: &mut Cp2112) -> Result<()> {
    let mut event = vec![0; uhid::EVENT_BYTES];
    loop {
        let length = uhid
            .read(&mut event)
            .context("no more events from the kernel")?;
        let reply = match uhid::read(&event[..length]) {
            Some(Request::Output(report)) => match bridge.output(&report) {
                Some(answer) => {
                    // The time that the bridge itself takes.
                    thread::sleep(answer.after);
                    uhid::input(&answer.report)
                }
                None => continue,
            },
            Some(Request::GetReport { id, number }) => {
                uhid::get_report_reply(id, bridge.get_feature(number).as_deref())
            }
            Some(Request::SetReport { id, data }) => {
                uhid::set_report_reply(id, bridge.set_feature(&data))
            }
            Some(Request::Stop) => return Ok(()),
            Some(Request::Other) | None => continue,
        };
        match uhid.write_all(&reply) {
            // The device is being pulled out: nobody waits for this reply, and the stop follows.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            taken => taken.context("the kernel took no reply")?,
        }
    }
}
