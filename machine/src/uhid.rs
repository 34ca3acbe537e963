//! The kernel's interface for HID devices that a program provides: the events of `/dev/uhid` as bytes.
//!
//! Each is the kernel's `struct uhid_event`, packed: a type, then the fields of that type. The machine that
//! this runs on is little-endian, as these bytes are.

/// The size of the kernel's structure: what one read gives.
pub const EVENT_BYTES: usize = 4 + 4372;

mod kind {
    pub const DESTROY: u32 = 1;
    pub const STOP: u32 = 3;
    pub const OUTPUT: u32 = 6;
    pub const GET_REPORT: u32 = 9;
    pub const GET_REPORT_REPLY: u32 = 10;
    pub const CREATE2: u32 = 11;
    pub const INPUT2: u32 = 12;
    pub const SET_REPORT: u32 = 13;
    pub const SET_REPORT_REPLY: u32 = 14;
}

const NAME_BYTES: usize = 128;
const PHYSICAL_PATH_BYTES: usize = 64;
const SERIAL_BYTES: usize = 64;
const DATA_BYTES: usize = 4096;
const BUS_USB: u16 = 0x03;
/// The error that the kernel is given for a report that does not exist.
const EIO: u16 = 5;

/// What the kernel wants of the device.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// An output report for it.
    Output(Vec<u8>),
    /// A feature report of it is asked for.
    GetReport {
        /// To be given back in the reply.
        id: u32,
        /// The report's number.
        number: u8,
    },
    /// A feature report for it.
    SetReport {
        /// To be given back in the reply.
        id: u32,
        /// The report, its number first.
        data: Vec<u8>,
    },
    /// Its driver has let it go.
    Stop,
    /// Nothing that asks for anything.
    Other,
}

/// What an event that was read says; `None` where it is cut off.
pub fn read(event: &[u8]) -> Option<Request> {
    let kind = u32_at(event, 0)?;
    let fields = event.get(4..)?;
    Some(match kind {
        kind::OUTPUT => {
            let size = usize::from(u16_at(fields, DATA_BYTES)?).min(DATA_BYTES);
            Request::Output(fields.get(..size)?.to_vec())
        }
        kind::GET_REPORT => Request::GetReport {
            id: u32_at(fields, 0)?,
            number: *fields.get(4)?,
        },
        kind::SET_REPORT => {
            let size = usize::from(u16_at(fields, 6)?).min(DATA_BYTES);
            Request::SetReport {
                id: u32_at(fields, 0)?,
                data: fields.get(8..8 + size)?.to_vec(),
            }
        }
        kind::STOP => Request::Stop,
        _ => Request::Other,
    })
}

/// The event that makes a USB device.
pub fn create(name: &str, vendor: u32, product: u32, descriptor: &[u8]) -> Vec<u8> {
    let mut event = kind::CREATE2.to_le_bytes().to_vec();
    event.extend(padded(name.as_bytes(), NAME_BYTES));
    event.extend([0; PHYSICAL_PATH_BYTES + SERIAL_BYTES]);
    event.extend(size(descriptor));
    event.extend(BUS_USB.to_le_bytes());
    event.extend(vendor.to_le_bytes());
    event.extend(product.to_le_bytes());
    let (version, country) = (0_u32, 0_u32);
    event.extend(version.to_le_bytes());
    event.extend(country.to_le_bytes());
    event.extend(padded(descriptor, DATA_BYTES));
    event
}

/// The event that takes the device away.
pub fn destroy() -> Vec<u8> {
    kind::DESTROY.to_le_bytes().to_vec()
}

/// The event of an input report.
pub fn input(report: &[u8]) -> Vec<u8> {
    let mut event = kind::INPUT2.to_le_bytes().to_vec();
    event.extend(size(report));
    event.extend(report);
    event
}

/// The reply to [`Request::GetReport`]; `None` where there is no such report.
pub fn get_report_reply(id: u32, report: Option<&[u8]>) -> Vec<u8> {
    let mut event = kind::GET_REPORT_REPLY.to_le_bytes().to_vec();
    event.extend(id.to_le_bytes());
    event.extend(error(report.is_some()));
    let report = report.unwrap_or_default();
    event.extend(size(report));
    event.extend(report);
    event
}

/// The reply to [`Request::SetReport`].
pub fn set_report_reply(id: u32, taken: bool) -> Vec<u8> {
    let mut event = kind::SET_REPORT_REPLY.to_le_bytes().to_vec();
    event.extend(id.to_le_bytes());
    event.extend(error(taken));
    event
}

fn error(sound: bool) -> [u8; 2] {
    if sound { 0 } else { EIO }.to_le_bytes()
}

fn size(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes()
}

fn padded(bytes: &[u8], length: usize) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(length, 0);
    padded
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_event_has_the_size_of_the_kernels_structure() {
        assert_eq!(create("a name", 1, 2, &[1, 2, 3]).len(), EVENT_BYTES);
    }

    #[test]
    fn what_the_kernel_asks_is_read() {
        let mut output = vec![6, 0, 0, 0];
        output.extend(padded(&[0x15, 1], DATA_BYTES));
        output.extend([2, 0, 1]);
        assert_eq!(read(&output), Some(Request::Output(vec![0x15, 1])));
        let get = [9, 0, 0, 0, 7, 0, 0, 0, 5, 0];
        assert_eq!(read(&get), Some(Request::GetReport { id: 7, number: 5 }));
        let set = [13, 0, 0, 0, 8, 0, 0, 0, 4, 0, 3, 0, 4, 0, 1];
        let data = vec![4, 0, 1];
        assert_eq!(read(&set), Some(Request::SetReport { id: 8, data }));
        assert_eq!(read(&[3, 0, 0, 0]), Some(Request::Stop));
        assert_eq!(read(&[6, 0, 0, 0, 1]), None);
    }
}
