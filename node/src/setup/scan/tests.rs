//! Chips by what they answer.

use std::collections::BTreeMap;

use embedded_hal::i2c::{ErrorKind, ErrorType, Operation, SevenBitAddress};
use embedded_hal_mock::eh1::delay::NoopDelay;

use super::*;

/// A bus of chips with registers, and of one that answers to commands; it counts what is written beyond the
/// number of a register.
#[derive(Default)]
struct Bus {
    registers: BTreeMap<u8, BTreeMap<u8, u16>>,
    /// Address, command, answer.
    commanded: Option<(u8, Vec<u8>, [u8; 3])>,
    last_command: Vec<u8>,
    commands: Vec<(u8, Vec<u8>)>,
    /// Address, and what it answers to whoever writes nothing; no byte may be written to it.
    untouchable: Option<(u8, [u8; 2])>,
    /// Every register that was asked for.
    asked: Vec<(u8, u8)>,
}

impl ErrorType for Bus {
    type Error = ErrorKind;
}

impl I2c for Bus {
    fn transaction(
        &mut self,
        address: SevenBitAddress,
        operations: &mut [Operation<'_>],
    ) -> Result<(), ErrorKind> {
        let writes = !matches!(operations, [Operation::Read(_)]);
        if let Some((at, answer)) = self.untouchable
            && at == address
        {
            assert!(!writes, "{address:#04x} is written to");
            if let [Operation::Read(buffer)] = operations {
                buffer.copy_from_slice(&answer);
            }
            return Ok(());
        }
        match operations {
            [Operation::Write([register]), Operation::Read(buffer)] => {
                self.asked.push((address, *register));
                let chip = self.registers.get(&address).ok_or(ErrorKind::Other)?;
                let value = chip.get(register).copied().unwrap_or_default();
                buffer.copy_from_slice(&value.to_be_bytes());
                Ok(())
            }
            [Operation::Write(command)] => {
                self.commands.push((address, command.to_vec()));
                let there = self
                    .commanded
                    .as_ref()
                    .is_some_and(|(at, ..)| *at == address);
                if there {
                    self.last_command = command.to_vec();
                }
                there.then_some(()).ok_or(ErrorKind::Other)
            }
            [Operation::Read(buffer)] => match &self.commanded {
                Some((at, command, answer)) if *at == address && *command == self.last_command => {
                    buffer.copy_from_slice(answer);
                    self.last_command.clear();
                    Ok(())
                }
                // The register that was asked for last: here always the first one.
                _ => {
                    let chip = self.registers.get(&address).ok_or(ErrorKind::Other)?;
                    let value = chip.get(&0).copied().unwrap_or_default();
                    buffer.copy_from_slice(&value.to_be_bytes());
                    Ok(())
                }
            },
            _ => Err(ErrorKind::Other),
        }
    }
}

fn chip(registers: &[(u8, u16)]) -> BTreeMap<u8, u16> {
    registers.iter().copied().collect()
}

fn scanned(bus: &mut Bus) -> Vec<Found> {
    scan(bus, &mut NoopDelay::new())
}

#[test]
fn chips_with_registers_are_told_apart_without_a_write() {
    let mut bus = Bus::default();
    // As it comes up: 13.6 V.
    bus.registers
        .insert(0x40, chip(&[(0, 0x399F), (2, 3400 << 3 | 0b10)]));
    let ina226 = [(0, 0x4127), (0xFE, 0x5449), (0xFF, 0x2260), (2, 0x2570)];
    bus.registers.insert(0x41, chip(&ina226));
    // An LM75 takes the two lowest bits of a register's number.
    let lm75 = [
        (0, 0x1880),
        (1, 0),
        (2, 0x4B00),
        (3, 0x5000),
        (5, 0),
        (0xFE, 0x4B00),
        (0xFF, 0x5000),
    ];
    bus.registers.insert(0x4B, chip(&lm75));
    // Its limits were set by another program, so it may be an INA219 that another program configured.
    let limits = [(0, 0x1880), (2, 0x2800), (3, 0x3C00)];
    bus.registers.insert(0x4C, chip(&limits));
    bus.registers
        .insert(0x42, chip(&[(0, 0xFFFF), (2, 0xFFFF), (5, 0xFFFF)]));
    let found = scanned(&mut bus);
    let volts = |found: &Found| found.volts.map(|volts| (volts * 1000.0).round() as i64);
    let seen: Vec<_> = found
        .iter()
        .map(|it| (it.address, it.kinds.clone(), volts(it)))
        .collect();
    assert_eq!(
        seen,
        [
            (0x40, vec![Kind::Ina219], Some(13_600)),
            (0x41, vec![Kind::Ina226], Some(11_980)),
            (0x42, vec![], None),
            (0x4B, vec![Kind::Lm75], None),
            (0x4C, vec![Kind::Ina219, Kind::Lm75], None),
        ]
    );
    let addressed: Vec<u8> = bus.commands.iter().map(|(address, _)| *address).collect();
    assert!(
        addressed.iter().all(|address| SHT.contains(address)),
        "{addressed:?}"
    );
}

#[test]
fn a_converter_whose_output_a_number_would_move_is_not_written_to() {
    // The last conversion and the one before, of an input that stands still, drifts, or changes channels.
    for answer in [
        [0x80, 0x7F],
        [0x20, 0x20],
        [0x1F, 0x20],
        [0x00, 0x00],
        [0x80, 0x00],
        [0x11, 0xC3],
    ] {
        let mut bus = Bus {
            untouchable: Some((0x48, answer)),
            ..Bus::default()
        };
        let found = scanned(&mut bus);
        let seen: Vec<_> = found
            .iter()
            .map(|it| (it.address, it.kinds.len()))
            .collect();
        assert_eq!(seen, [(0x48, 0)], "{answer:x?}");
    }
}

#[test]
fn nothing_is_written_where_nothing_is_heard_but_at_the_addresses_of_an_sht() {
    let mut bus = Bus::default();
    assert_eq!(scanned(&mut bus), []);
    assert_eq!(bus.asked, []);
    let written: Vec<_> = bus
        .commands
        .iter()
        .map(|(at, bytes)| (*at, bytes.as_slice()))
        .collect();
    let (serial, status) = (&[0x89][..], &[0xF3, 0x2D][..]);
    assert_eq!(
        written,
        [
            (0x44, serial),
            (0x44, status),
            (0x45, serial),
            (0x45, status)
        ]
    );
}

#[test]
fn the_number_that_resets_another_chip_is_sent_to_what_looks_like_an_ina226_alone() {
    let mut bus = Bus::default();
    bus.registers
        .insert(0x40, chip(&[(0, 0x399F), (2, 3400 << 3)]));
    bus.registers
        .insert(0x41, chip(&[(0, 0x4127), (0xFE, 0x5449), (0xFF, 0x2260)]));
    scanned(&mut bus);
    let high: Vec<_> = bus
        .asked
        .iter()
        .filter(|(_, register)| *register > 5)
        .collect();
    assert_eq!(high, [&(0x41, 0xFE), &(0x41, 0xFF)]);
}

#[test]
fn a_driver_with_registers_of_8_bits_is_no_meter() {
    let mut bus = Bus::default();
    // A PCA9685 as it comes up gives each register twice.
    bus.registers
        .insert(0x40, chip(&[(0, 0x1111), (2, 0xE2E2), (5, 0xE0E0)]));
    let found = scanned(&mut bus);
    assert_eq!((found.len(), found[0].kinds.clone()), (1, Vec::new()));
}

#[test]
fn an_sht_is_told_by_the_checksum_of_its_answer() {
    let answer = [0xBE, 0xEF, 0x92];
    for (command, kind) in [(vec![0x89], Kind::Sht4x), (vec![0xF3, 0x2D], Kind::Sht3x)] {
        let mut bus = Bus {
            commanded: Some((0x44, command.clone(), answer)),
            ..Bus::default()
        };
        let found = scanned(&mut bus);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].address, found[0].kinds.clone()),
            (0x44, vec![kind])
        );
        bus.commanded = Some((0x44, command, [0xBE, 0xEE, 0x92]));
        assert_eq!(scanned(&mut bus), []);
    }
}

#[test]
fn buses_are_found_by_their_names() {
    let class = tempfile::tempdir().expect("a directory");
    for name in ["i2c-10", "i2c-1", "i2c-x", "spi-2"] {
        fs::create_dir(class.path().join(name)).expect("created");
    }
    assert_eq!(buses_in(class.path()), [1, 10]);
    assert!(buses_in(&class.path().join("nothing")).is_empty());
}
