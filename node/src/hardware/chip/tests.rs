//! The chips against the bytes on the wire, the data sheets' examples among them.

use embedded_hal::i2c::ErrorKind;
use embedded_hal_mock::eh1::delay::NoopDelay;
use embedded_hal_mock::eh1::i2c::{Mock, Transaction};

use super::ina219::{self, Ina219};
use super::ina226::Ina226;
use super::lm75::Lm75;
use super::sht::{Family, Sht};
use super::{ChipFault, Electrical, Level};

const METER: u8 = 0x40;
const THERMOMETER: u8 = 0x48;

fn read(register: u8, value: u16) -> Transaction {
    Transaction::write_read(METER, vec![register], value.to_be_bytes().to_vec())
}

fn write(register: u8, value: u16) -> Transaction {
    let [high, low] = value.to_be_bytes();
    Transaction::write(METER, vec![register, high, low])
}

fn nack(transaction: Transaction) -> Transaction {
    transaction.with_error(ErrorKind::Other)
}

/// What a measurement over exactly those transactions gives.
fn over<T>(transactions: &[Transaction], measure: impl FnOnce(&mut Mock) -> T) -> T {
    let mut bus = Mock::new(transactions);
    let result = measure(&mut bus);
    bus.done();
    result
}

fn ina219(transactions: &[Transaction]) -> Result<Electrical, ChipFault> {
    over(transactions, |bus| Ina219::new(METER).measure(bus))
}

/// A measurement of an INA219 that is configured and has converted.
fn ina219_shows(shunt: u16, bus: u16) -> Result<Electrical, ChipFault> {
    ina219(&[
        read(0, 0x3F77),
        read(1, shunt),
        read(2, bus << 3 | 0b10),
        read(3, 0),
    ])
}

fn close(level: Level, volts: f64) -> bool {
    matches!(level, Level::Exactly(exact) if (exact - volts).abs() < 1e-9)
}

/// The example of the data sheet's section 8.6.3: a shunt of −80 mV in each range, and 11.98 V.
#[test]
fn an_ina219_shows_what_its_data_sheet_says() {
    let shown = ina219_shows(0xE0C0, 0x0BB3).expect("sound");
    assert!(close(shown.shunt_volts, -0.08), "{shown:?}");
    assert!(close(shown.bus_volts, 11.98), "{shown:?}");
    let shown = ina219_shows(0x0001, 0x0001).expect("sound");
    assert!(close(shown.shunt_volts, 10e-6), "{shown:?}");
    assert!(close(shown.bus_volts, 0.004), "{shown:?}");
}

#[test]
fn beyond_its_range_an_ina219_gives_a_bound_with_the_sign() {
    for (shunt, bound) in [(32_000_i16, 0.32), (-32_000, -0.32), (i16::MAX, 0.32)] {
        let shown = ina219_shows(shunt.cast_unsigned(), 3000).expect("sound");
        assert_eq!(shown.shunt_volts, Level::Beyond(bound));
    }
    let shown = ina219_shows(31_999, 6500).expect("sound");
    assert!(close(shown.shunt_volts, 0.319_99), "{shown:?}");
    assert!(close(shown.bus_volts, 26.0), "{shown:?}");
    let shown = ina219_shows(0, 6501).expect("sound");
    assert_eq!(shown.bus_volts, Level::Beyond(ina219::BUS_VOLTS_MAX));
}

#[test]
fn an_ina219_that_was_reset_is_configured_and_what_it_held_is_not_used() {
    let reset = ina219(&[read(0, 0x399F), write(0, 0x3F77), read(0, 0x3F77)]);
    assert_eq!(reset, Err(ChipFault::Reset));
    let deaf = ina219(&[read(0, 0x399F), write(0, 0x3F77), read(0, 0x399F)]);
    assert_eq!(deaf, Err(ChipFault::Nonsense), "another kind of chip");
    let stuck_high = ina219(&[read(0, 0xFFFF), write(0, 0x3F77), read(0, 0xFFFF)]);
    assert_eq!(stuck_high, Err(ChipFault::Nonsense));
}

#[test]
fn an_ina219_that_converts_nothing_new_is_stalled() {
    let stalled = ina219(&[read(0, 0x3F77), read(1, 100), read(2, 3000 << 3)]);
    assert_eq!(stalled, Err(ChipFault::Stalled));
}

#[test]
fn a_transfer_that_fails_at_any_place_is_no_answer() {
    let sound = [
        read(0, 0x3F77),
        read(1, 100),
        read(2, 3000 << 3 | 0b10),
        read(3, 0),
    ];
    for place in 0..sound.len() {
        let mut transactions = sound[..=place].to_vec();
        transactions[place] = nack(transactions[place].clone());
        assert_eq!(ina219(&transactions), Err(ChipFault::NoAnswer), "{place}");
    }
    let reset = [read(0, 0x399F), nack(write(0, 0x3F77))];
    assert_eq!(ina219(&reset), Err(ChipFault::NoAnswer));
}

fn ina226_shows(shunt: u16, bus: u16) -> Result<Electrical, ChipFault> {
    let transactions = [
        read(0, 0x4527),
        read(6, 0x0008),
        read(1, shunt),
        read(2, bus),
    ];
    over(&transactions, |bus| Ina226::new(METER).measure(bus))
}

/// The example of the data sheet's section 7.1.2: 20 mV across the shunt, 11.98 V.
#[test]
fn an_ina226_shows_what_its_data_sheet_says() {
    let shown = ina226_shows(0x1F40, 0x2570).expect("sound");
    assert!(close(shown.shunt_volts, 0.02), "{shown:?}");
    assert!(close(shown.bus_volts, 11.98), "{shown:?}");
    let shown = ina226_shows(0x8300, 0x7080).expect("sound");
    assert!(close(shown.shunt_volts, -0.08), "{shown:?}");
    assert!(close(shown.bus_volts, 36.0), "{shown:?}");
}

#[test]
fn what_an_ina226_cannot_measure_is_a_bound_or_nonsense() {
    let shown = ina226_shows(0x7FFF, 0x7081).expect("sound");
    assert_eq!(shown.shunt_volts, Level::Beyond(0.081_92));
    assert_eq!(shown.bus_volts, Level::Beyond(36.0));
    let shown = ina226_shows(0x8000, 0x2570).expect("sound");
    assert_eq!(shown.shunt_volts, Level::Beyond(-0.081_92));
    assert_eq!(ina226_shows(0, 0xFFFF), Err(ChipFault::Nonsense));
}

#[test]
fn an_ina226_tells_when_it_was_reset_and_when_it_stalls() {
    let measure =
        |transactions: &[Transaction]| over(transactions, |bus| Ina226::new(METER).measure(bus));
    let reset = [read(0, 0x4127), write(0, 0x4527), read(0, 0x4527)];
    assert_eq!(measure(&reset), Err(ChipFault::Reset));
    let stalled = [read(0, 0x4527), read(6, 0x0000)];
    assert_eq!(measure(&stalled), Err(ChipFault::Stalled));
    assert_eq!(measure(&[nack(read(0, 0))]), Err(ChipFault::NoAnswer));
}

fn lm75_shows(register: u16) -> Result<Level, ChipFault> {
    let transactions = [
        Transaction::write_read(THERMOMETER, vec![1], vec![0]),
        Transaction::write_read(THERMOMETER, vec![0], register.to_be_bytes().to_vec()),
    ];
    over(&transactions, |bus| Lm75::new(THERMOMETER).measure(bus))
}

/// The tables of the data sheets: 9 bits (LM75), 11 bits (LM75B) and 12 bits (TMP75).
#[test]
fn the_lm75_family_shows_what_its_data_sheets_say() {
    for (register, celsius) in [
        (0x7D00, 125.0),
        (0x1900, 25.0),
        (0x0080, 0.5),
        (0x0000, 0.0),
        (0xFF80, -0.5),
        (0xE700, -25.0),
        (0xC900, -55.0),
        (0x0020, 0.125),
        (0xFFE0, -0.125),
        (0x0010, 0.0625),
        (0xE6F0, -25.0625),
    ] {
        assert_eq!(
            lm75_shows(register),
            Ok(Level::Exactly(celsius)),
            "{register:#06x}"
        );
    }
}

#[test]
fn what_no_chip_of_the_family_shows_is_nonsense() {
    for register in [0xFFFF, 0x7FF0, 0xC800, 0x1901] {
        assert_eq!(
            lm75_shows(register),
            Err(ChipFault::Nonsense),
            "{register:#06x}"
        );
    }
}

#[test]
fn an_lm75_that_was_shut_down_is_woken() {
    let transactions = [
        Transaction::write_read(THERMOMETER, vec![1], vec![0b0110_0001]),
        Transaction::write(THERMOMETER, vec![1, 0b0110_0000]),
    ];
    let woken = over(&transactions, |bus| Lm75::new(THERMOMETER).measure(bus));
    assert_eq!(woken, Err(ChipFault::Reset));
}

fn sht(family: Family, command: &[u8], answer: [u8; 6]) -> Result<Level, ChipFault> {
    let transactions = [
        Transaction::write(0x44, command.to_vec()),
        Transaction::read(0x44, answer.to_vec()),
    ];
    over(&transactions, |bus| {
        Sht::new(family, 0x44).measure(bus, &mut NoopDelay::new())
    })
}

/// The checksum of 0xBEEF is 0x92 (data sheets of both families).
#[test]
fn an_sht_is_asked_as_its_family_wants_it_and_its_checksum_counts() {
    let answer = [0xBE, 0xEF, 0x92, 0, 0, 0];
    for (family, command) in [(Family::Sht3x, &[0x24, 0x00][..]), (Family::Sht4x, &[0xFD])] {
        let Ok(Level::Exactly(celsius)) = sht(family, command, answer) else {
            panic!("{family:?} gives nothing");
        };
        assert!((celsius - 85.523).abs() < 0.001, "{celsius}");
        let torn = [0xBE, 0xEE, 0x92, 0, 0, 0];
        assert_eq!(sht(family, command, torn), Err(ChipFault::Nonsense));
    }
    assert_eq!(
        sht(Family::Sht4x, &[0xFD], [0xFF; 6]),
        Err(ChipFault::Nonsense),
        "a bus that is held high"
    );
}

#[test]
fn an_sht_that_is_not_there_is_no_answer() {
    let measure = |transactions: &[Transaction]| {
        over(transactions, |bus| {
            Sht::new(Family::Sht4x, 0x44).measure(bus, &mut NoopDelay::new())
        })
    };
    let command = Transaction::write(0x44, vec![0xFD]);
    assert_eq!(measure(&[nack(command.clone())]), Err(ChipFault::NoAnswer));
    let answer = nack(Transaction::read(0x44, vec![0; 6]));
    assert_eq!(measure(&[command, answer]), Err(ChipFault::NoAnswer));
}
