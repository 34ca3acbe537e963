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
        match operations {
            [Operation::Write([register]), Operation::Read(buffer)] => {
                let chip = self.registers.get(&address).ok_or(ErrorKind::Other)?;
                let value = chip.get(register).copied().unwrap_or_default();
                buffer.copy_from_slice(&value.to_be_bytes());
                Ok(())
            }
            [Operation::Write(command)] => {
                self.commands.push((address, command.to_vec()));
                self.last_command = command.to_vec();
                let there = self
                    .commanded
                    .as_ref()
                    .is_some_and(|(at, ..)| *at == address);
                there.then_some(()).ok_or(ErrorKind::Other)
            }
            [Operation::Read(buffer)] => match &self.commanded {
                Some((at, command, answer)) if *at == address && *command == self.last_command => {
                    buffer.copy_from_slice(answer);
                    Ok(())
                }
                _ => Err(ErrorKind::Other),
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
