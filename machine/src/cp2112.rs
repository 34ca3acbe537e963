//! The reports of a Silicon Labs CP2112, a USB bridge to an SMBus and eight GPIO lines (AN495).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::board::Board;

/// The USB ids by which the kernel's driver knows it.
pub const VENDOR: u32 = 0x10C4;
/// The product's.
pub const PRODUCT: u32 = 0xEA90;

mod feature {
    pub const GPIO_CONFIGURATION: u8 = 0x02;
    pub const GPIO_GET: u8 = 0x03;
    pub const GPIO_SET: u8 = 0x04;
    pub const VERSION: u8 = 0x05;
    pub const SMBUS_CONFIGURATION: u8 = 0x06;
}

mod output {
    pub const READ: u8 = 0x10;
    pub const WRITE_READ: u8 = 0x11;
    pub const FORCE_SEND: u8 = 0x12;
    pub const WRITE: u8 = 0x14;
    pub const STATUS_REQUEST: u8 = 0x15;
    pub const CANCEL: u8 = 0x17;
}

mod input {
    pub const DATA: u8 = 0x13;
    pub const STATUS: u8 = 0x16;
}

mod status {
    pub const IDLE: u8 = 0;
    pub const BUSY: u8 = 1;
    pub const COMPLETE: u8 = 2;
    pub const ERROR: u8 = 3;
    /// Beside an error: the address was not acknowledged.
    pub const NOT_ACKNOWLEDGED: u8 = 0;
}

/// Part number and version of a CP2112.
const VERSION: [u8; 3] = [feature::VERSION, 0x0C, 0x03];
/// The longest data of one input report.
const DATA_MAX: usize = 61;
/// How long the bridge takes to say that it is still busy. The driver asks ten times at the most and waits
/// 50 ms each time, so a transfer on a bus that hangs takes a third of a second to fail.
const STILL_BUSY_AFTER: Duration = Duration::from_millis(30);
/// How long a byte and its acknowledgement take on a bus at 100 kHz.
const BYTE_TIME: Duration = Duration::from_micros(90);

/// The bridge.
#[derive(Debug)]
pub struct Cp2112 {
    board: Arc<Mutex<Board>>,
    smbus_configuration: Vec<u8>,
    transfer: Transfer,
}

/// Where the last transfer stands.
#[derive(Debug)]
enum Transfer {
    Idle,
    /// It waits for the bus.
    Asked {
        address: u8,
        write: Vec<u8>,
        read: usize,
    },
    Complete {
        /// How long its bytes take on the wires.
        took: Duration,
        length: usize,
        unread: Vec<u8>,
    },
    Failed,
}

/// An input report, and how long it takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The report, its number first.
    pub report: Vec<u8>,
    /// How long the bridge takes to send it.
    pub after: Duration,
}

impl Cp2112 {
    /// The bridge to that board.
    pub fn new(board: Arc<Mutex<Board>>) -> Self {
        let mut smbus_configuration = vec![0; 14];
        smbus_configuration[0] = feature::SMBUS_CONFIGURATION;
        Self {
            board,
            smbus_configuration,
            transfer: Transfer::Idle,
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The feature report of that number; `None` where there is none.
    pub fn get_feature(&self, number: u8) -> Option<Vec<u8>> {
        let board = self.board();
        Some(match number {
            feature::GPIO_CONFIGURATION => {
                vec![number, board.lines.outputs(), board.lines.push_pull(), 0, 0]
            }
            feature::GPIO_GET => vec![number, board.lines.levels()],
            feature::VERSION => VERSION.to_vec(),
            feature::SMBUS_CONFIGURATION => self.smbus_configuration.clone(),
            _ => return None,
        })
    }

    /// Takes a feature report, its number first; whether there is such a one.
    pub fn set_feature(&mut self, report: &[u8]) -> bool {
        match *report {
            [feature::GPIO_CONFIGURATION, outputs, push_pull, ..] => {
                self.board().lines.configure(outputs, push_pull);
            }
            [feature::GPIO_SET, values, mask, ..] => self.board().lines.set(values, mask),
            [feature::SMBUS_CONFIGURATION, ..] => self.smbus_configuration = report.to_vec(),
            _ => return false,
        }
        true
    }

    /// Takes an output report, its number first; the input report that it asks for.
    pub fn output(&mut self, report: &[u8]) -> Option<Answer> {
        match *report {
            [output::READ, address, high, low, ..] => {
                self.ask(address, &[], length(high, low));
            }
            [
                output::WRITE_READ,
                address,
                high,
                low,
                count,
                ref bytes @ ..,
            ] => {
                self.ask(address, first(bytes, count), length(high, low));
            }
            [output::WRITE, address, count, ref bytes @ ..] => {
                self.ask(address, first(bytes, count), 0);
            }
            [output::STATUS_REQUEST, ..] => return Some(self.status()),
            [output::FORCE_SEND, high, low, ..] => return Some(self.data(length(high, low))),
            [output::CANCEL, ..] => self.transfer = Transfer::Idle,
            _ => {}
        }
        None
    }

    fn ask(&mut self, address: u8, write: &[u8], read: usize) {
        self.transfer = Transfer::Asked {
            // The lowest bit is the direction's.
            address: address >> 1,
            write: write.to_vec(),
            read,
        };
    }

    fn status(&mut self) -> Answer {
        self.carry_out();
        let (status, detail, length) = match &self.transfer {
            Transfer::Idle => (status::IDLE, 0, 0),
            Transfer::Asked { .. } => (status::BUSY, 0, 0),
            Transfer::Complete { length, .. } => (status::COMPLETE, 0, *length),
            Transfer::Failed => (status::ERROR, status::NOT_ACKNOWLEDGED, 0),
        };
        let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        Answer {
            report: vec![input::STATUS, status, detail, 0, 0, high, low],
            after: match &self.transfer {
                Transfer::Asked { .. } => STILL_BUSY_AFTER,
                Transfer::Complete { took, .. } => *took,
                Transfer::Idle | Transfer::Failed => Duration::ZERO,
            },
        }
    }

    /// Carries out what waits for the bus, unless that hangs.
    fn carry_out(&mut self) {
        let Transfer::Asked {
            address,
            write,
            read,
        } = &self.transfer
        else {
            return;
        };
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        if board.hangs() {
            return;
        }
        let done = match board.transfer(*address, write, *read) {
            Some(unread) => Transfer::Complete {
                took: wire_time(write.len(), unread.len()),
                length: unread.len(),
                unread,
            },
            None => Transfer::Failed,
        };
        drop(board);
        self.transfer = done;
    }

    fn data(&mut self, length: usize) -> Answer {
        let unread = match &mut self.transfer {
            Transfer::Complete { unread, .. } => unread,
            _ => &mut Vec::new(),
        };
        let sent: Vec<u8> = unread
            .drain(..length.min(DATA_MAX).min(unread.len()))
            .collect();
        let mut report = vec![
            input::DATA,
            status::COMPLETE,
            u8::try_from(sent.len()).unwrap_or(u8::MAX),
        ];
        report.extend(sent);
        Answer {
            report,
            after: Duration::ZERO,
        }
    }
}

/// How long that many bytes written and read take, each direction with an address before it.
fn wire_time(written: usize, read: usize) -> Duration {
    let with_address = |bytes: usize| if bytes == 0 { 0 } else { bytes + 1 };
    let bytes = with_address(written) + with_address(read);
    BYTE_TIME * u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn length(high: u8, low: u8) -> usize {
    u16::from_be_bytes([high, low]).into()
}

fn first(bytes: &[u8], count: u8) -> &[u8] {
    &bytes[..bytes.len().min(count.into())]
}

/// What the reports are, for the kernel's HID core: vendor-defined ones of 63 bytes, all that the bridge
/// sends and takes.
pub fn report_descriptor() -> Vec<u8> {
    const INPUT: u8 = 0x81;
    const OUTPUT: u8 = 0x91;
    const FEATURE: u8 = 0xB1;
    // Usage page and usage of the vendor, application collection, bytes of 8 bits, 63 of them.
    let mut descriptor = vec![
        0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95,
        0x3F,
    ];
    let reports = [
        (
            FEATURE,
            feature::GPIO_CONFIGURATION..=feature::SMBUS_CONFIGURATION,
        ),
        (OUTPUT, output::READ..=output::FORCE_SEND),
        (INPUT, input::DATA..=input::DATA),
        (OUTPUT, output::WRITE..=output::STATUS_REQUEST),
        (INPUT, input::STATUS..=input::STATUS),
        (OUTPUT, output::CANCEL..=output::CANCEL),
    ];
    for (kind, numbers) in reports {
        for number in numbers {
            descriptor.extend([0x85, number, 0x09, 0x01, kind, 0x02]);
        }
    }
    descriptor.push(0xC0);
    descriptor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{LOAD, THERMOMETER};

    fn bridge() -> (Cp2112, Arc<Mutex<Board>>) {
        let board = Arc::new(Mutex::new(Board::new(Arc::default())));
        (Cp2112::new(Arc::clone(&board)), board)
    }

    fn status_of(bridge: &mut Cp2112) -> Vec<u8> {
        bridge.output(&[0x15, 1]).expect("an answer").report
    }

    #[test]
    fn a_register_is_read_with_a_repeated_start() {
        let (mut bridge, board) = bridge();
        board.lock().expect("sound").thermometer.steps = 200;
        assert_eq!(bridge.output(&[0x11, THERMOMETER << 1, 0, 2, 1, 0]), None);
        let status = bridge.output(&[0x15, 1]).expect("an answer");
        assert_eq!(status.report, [0x16, 2, 0, 0, 0, 0, 2]);
        assert_eq!(status.after, BYTE_TIME * 5, "two addresses, three bytes");
        let data = bridge.output(&[0x12, 0, 2]).expect("an answer").report;
        assert_eq!(data, [0x13, 2, 2, 25, 0]);
    }

    #[test]
    fn a_chip_that_is_not_there_is_an_error_and_a_bus_that_hangs_is_busy() {
        let (mut bridge, board) = bridge();
        board.lock().expect("sound").silent = Some(LOAD);
        bridge.output(&[0x14, LOAD << 1, 1, 0]);
        assert_eq!(status_of(&mut bridge)[..3], [0x16, 3, 0]);

        board.lock().expect("sound").hang(Duration::from_secs(60));
        bridge.output(&[0x10, THERMOMETER << 1, 0, 1]);
        let busy = bridge.output(&[0x15, 1]).expect("an answer");
        assert_eq!((busy.report[1], busy.after), (1, STILL_BUSY_AFTER));
        bridge.output(&[0x17, 1]);
        assert_eq!(status_of(&mut bridge)[1], 0);
    }

    #[test]
    fn lines_are_set_by_value_and_mask() {
        let (mut bridge, board) = bridge();
        assert!(bridge.set_feature(&[0x02, 0b101, 0xFF, 0, 0]));
        assert!(bridge.set_feature(&[0x04, 0x00, 0b001]));
        assert_eq!(board.lock().expect("sound").lines.levels(), 0b1111_1110);
        assert_eq!(bridge.get_feature(0x03), Some(vec![0x03, 0b1111_1110]));
        assert_eq!(
            bridge.get_feature(0x02),
            Some(vec![0x02, 0b101, 0xFF, 0, 0])
        );
        assert!(!bridge.set_feature(&[0x20, 0]));
    }
}
