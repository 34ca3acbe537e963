//! The board against the bytes on the wire.

use core::convert::Infallible;
use std::sync::mpsc::{Receiver, channel};

use embedded_hal::i2c::{ErrorKind, ErrorType, Operation, SevenBitAddress};
use embedded_hal_mock::eh1::i2c::{Mock, Transaction};

use super::*;

const ADDRESS: u8 = 0x11;
const CLOSED: Relays<Contact> = Relays {
    mains: Contact::Closed,
    charger: Contact::Closed,
    aux1: Contact::Open,
    aux2: Contact::Closed,
};

fn wiring() -> HatWiring {
    HatWiring {
        bus: 1,
        address: ADDRESS,
        channels: Relays {
            mains: 2,
            charger: 1,
            aux1: 3,
            aux2: 4,
        },
        contacts: Relays {
            mains: ContactKind::NormallyClosed,
            charger: ContactKind::NormallyClosed,
            aux1: ContactKind::NormallyOpen,
            aux2: ContactKind::NormallyOpen,
        },
    }
}

fn board(transactions: &[Transaction]) -> (RelayHat, Mock) {
    let bus = Mock::new(transactions);
    let hat = RelayHat::start_on(bus.clone(), wiring(), Duration::from_secs(10));
    (hat.expect("a thread"), bus)
}

fn write(channel: u8, value: u8) -> Transaction {
    Transaction::write(ADDRESS, vec![channel, value])
}

fn read(channel: u8, value: u8) -> Transaction {
    Transaction::write_read(ADDRESS, vec![channel], vec![value])
}

#[test]
fn the_coils_follow_the_contacts_and_are_read_back() {
    let (mut hat, mut bus) = board(&[
        write(2, 0x00),
        write(1, 0xFF),
        write(3, 0x00),
        write(4, 0xFF),
        read(2, 0x00),
        read(1, 0xFF),
        read(3, 0x00),
        read(4, 0xFF),
        read(2, 0x00),
        read(1, 0x01),
        read(3, 0xFF),
        read(4, 0x5A),
    ]);
    let opened = Relays {
        charger: Contact::Open,
        ..CLOSED
    };
    assert_eq!(hat.set(opened), Ok(()));
    let stand = Relays {
        mains: Some(Contact::Closed),
        charger: Some(Contact::Open),
        aux1: Some(Contact::Closed),
        aux2: None,
    };
    assert_eq!(hat.read(), stand, "another program has closed aux1");
    bus.done();
}

#[test]
fn a_board_that_takes_no_command_or_forgets_it_refuses() {
    // The others get their command all the same: one of them may be urgent.
    let (mut hat, mut bus) = board(&[
        write(2, 0x00).with_error(ErrorKind::Other),
        write(2, 0x00).with_error(ErrorKind::Other),
        write(1, 0x00),
        write(3, 0x00),
        write(4, 0xFF),
    ]);
    let refusal = hat.set(CLOSED).expect_err("refused").to_string();
    assert!(
        refusal.contains("0x11 of I2C bus 1 cannot be reached"),
        "{refusal}"
    );
    bus.done();

    let (mut hat, mut bus) = board(&[
        write(2, 0x00),
        write(1, 0x00),
        write(3, 0x00),
        write(4, 0xFF),
        read(2, 0x00),
        read(1, 0xFF),
        read(3, 0x00),
        read(4, 0xFF),
    ]);
    let refusal = hat.set(CLOSED).expect_err("refused").to_string();
    assert!(
        refusal.contains("relay charger does not read back"),
        "{refusal}"
    );
    bus.done();

    let (mut hat, mut bus) = board(&[read(2, 0x00), read(1, 0x00).with_error(ErrorKind::Other)]);
    assert_eq!(hat.read(), Relays::from_fn(|_| None));
    bus.done();
}

#[test]
fn a_write_that_is_not_acknowledged_is_tried_once_more() {
    let (mut hat, mut bus) = board(&[
        write(2, 0x00),
        write(1, 0x00).with_error(ErrorKind::Other),
        write(1, 0x00),
        write(3, 0x00),
        write(4, 0xFF),
        read(2, 0x00),
        read(1, 0x00),
        read(3, 0x00),
        read(4, 0xFF),
    ]);
    assert_eq!(hat.set(CLOSED), Ok(()));
    bus.done();
}

/// A bus whose first write takes until it is let go.
struct Hanging {
    let_go: Receiver<()>,
    written: std::sync::mpsc::Sender<Vec<u8>>,
}

impl ErrorType for Hanging {
    type Error = Infallible;
}

impl I2c for Hanging {
    fn transaction(
        &mut self,
        _address: SevenBitAddress,
        operations: &mut [Operation<'_>],
    ) -> Result<(), Infallible> {
        if let [Operation::Write(bytes)] = operations {
            let _ = self.let_go.recv();
            let _ = self.written.send(bytes.to_vec());
        }
        Ok(())
    }
}

#[test]
fn a_command_that_hangs_is_refused_and_its_rest_is_never_carried_out() {
    let ((go, let_go), (written, writes)) = (channel(), channel());
    let bus = Hanging { let_go, written };
    let hat = RelayHat::start_on(bus, wiring(), Duration::from_millis(50));
    let mut hat = hat.expect("a thread");
    for _ in 0..2 {
        let refusal = hat.set(CLOSED).expect_err("refused").to_string();
        assert!(refusal.contains("the I2C bus hangs"), "{refusal}");
    }
    assert_eq!(hat.read(), Relays::from_fn(|_| None));
    drop(go);
    drop(hat);
    let written: Vec<_> = writes.iter().collect();
    assert_eq!(written, [[2, 0x00]], "only what had begun already");
}

#[test]
fn the_last_command_is_tried_until_the_board_takes_it() {
    let refused = write(2, 0x00).with_error(ErrorKind::Other);
    let rest = [write(1, 0x00), write(3, 0x00), write(4, 0xFF)];
    let back = [read(2, 0x00), read(1, 0x00), read(3, 0x00), read(4, 0xFF)];
    let tries = [
        vec![refused.clone(), refused],
        rest.to_vec(),
        vec![write(2, 0x00)],
        rest.to_vec(),
        back.to_vec(),
    ];
    let (mut hat, mut bus) = board(&tries.concat());
    assert_eq!(hat.leave(CLOSED), Ok(()));
    bus.done();
}

#[test]
fn the_last_command_is_given_up_in_the_end() {
    let ((go, let_go), (written, _writes)) = (channel(), channel());
    let bus = Hanging { let_go, written };
    let hat = RelayHat::start_on(bus, wiring(), Duration::from_millis(50));
    let mut hat = hat.expect("a thread");
    let begun = Instant::now();
    let refusal = hat.leave(CLOSED).expect_err("given up").to_string();
    assert!(refusal.contains("the I2C bus hangs"), "{refusal}");
    assert!(begun.elapsed() >= LEAVING, "{:?}", begun.elapsed());
    drop(go);
}

#[test]
fn a_board_that_another_program_holds_is_left_to_it_at_once() {
    let held = |transaction: Transaction| transaction.with_error(ErrorKind::ArbitrationLoss);
    let tries: Vec<_> = [(2, 0x00), (1, 0x00), (3, 0x00), (4, 0xFF)]
        .into_iter()
        .flat_map(|(channel, value)| [held(write(channel, value)), held(write(channel, value))])
        .collect();
    let (mut hat, mut bus) = board(&tries);
    assert!(hat.leave(CLOSED).is_err());
    bus.done();
}
