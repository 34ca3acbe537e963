//! From the entries of `[relays]` to a relay board.

use core::fmt::Display;
use core::ops::Range;

use releve_control::Relays;
use releve_files::{Refusal, Source};
use toml::Spanned;

use super::document::{self, BoardName, ContactName, Document};
use super::hardware::active_level;
use crate::hardware::chip::ep0099;
use crate::hardware::contact::ContactKind;
use crate::hardware::relay_board::BoardWiring;
use crate::hardware::relay_hat::HatWiring;
use crate::hardware::relay_lines::LineWiring;

/// The board that `[relays]` describes.
pub(super) fn board_wiring(
    document: &Document,
    source: Source<'_>,
) -> Result<BoardWiring, Refusal> {
    let (entry, span) = (document.relays.get_ref(), document.relays.span());
    refuse_normally_open(entry, source)?;
    match entry.board {
        BoardName::GpioLines => line_wiring(document, entry, span, source).map(BoardWiring::Lines),
        BoardName::Ep0099 => hat_wiring(document, entry, span, source).map(BoardWiring::Hat),
    }
}

fn refuse_normally_open(entry: &document::Relays, source: Source<'_>) -> Result<(), Refusal> {
    for (name, relay) in [("mains", &entry.mains), ("charger", &entry.charger)] {
        if relay.get_ref().contact == ContactName::NormallyOpen {
            return Err(source.refuse(
                Some(relay.span()),
                format!(
                    "relay {name} must be wired through its normally-closed contact: without this program, or without its supply, the site must be on mains and its battery on the charger"
                ),
            ));
        }
    }
    Ok(())
}

fn line_wiring(
    document: &Document,
    entry: &document::Relays,
    span: Range<usize>,
    source: Source<'_>,
) -> Result<LineWiring, Refusal> {
    const OF_HAT: &str = "belongs to board = \"ep0099\"; on GPIO lines a relay has a line, and no address or channel";
    refuse_given(entry.address.as_ref(), OF_HAT, source)?;
    for (_, relay) in relays(entry).iter() {
        refuse_given(relay.get_ref().channel.as_ref(), OF_HAT, source)?;
    }
    let missing = |what| needed(what, "GPIO lines", span.clone(), source);
    let chip = (entry.gpio_chip.as_ref()).ok_or_else(|| missing("gpio_chip"))?;
    let active = entry.active.as_ref().ok_or_else(|| missing("active"))?;
    let lines = each(entry, source, "a line, its BCM number", |relay| &relay.line)?;
    let sense = (document.mains_sense.as_ref()).filter(|it| it.gpio_chip == *chip.get_ref());
    let used = lines.iter().map(|(_, line)| *line);
    refuse_shared("line", used.chain(sense.map(|it| &it.line)), source)?;
    Ok(LineWiring {
        chip_label: chip.get_ref().clone(),
        lines: Relays::from_fn(|relay| *lines[relay].get_ref()),
        active: active_level(*active.get_ref()),
        contacts: contacts(entry),
    })
}

fn hat_wiring(
    document: &Document,
    entry: &document::Relays,
    span: Range<usize>,
    source: Source<'_>,
) -> Result<HatWiring, Refusal> {
    const OF_LINES: &str = "belongs to board = \"gpio_lines\"; on an EP-0099 a relay has a channel, and the board an address";
    refuse_given(entry.gpio_chip.as_ref(), OF_LINES, source)?;
    refuse_given(entry.active.as_ref(), OF_LINES, source)?;
    for (_, relay) in relays(entry).iter() {
        refuse_given(relay.get_ref().line.as_ref(), OF_LINES, source)?;
    }
    let address =
        (entry.address.as_ref()).ok_or_else(|| needed("address", "an EP-0099", span, source))?;
    within("an EP-0099", "address", address, &ep0099::ADDRESSES, source)?;
    let channels = each(entry, source, "a channel, 1 to 4", |relay| &relay.channel)?;
    for (_, channel) in channels.iter() {
        within("an EP-0099", "channel", channel, &ep0099::CHANNELS, source)?;
    }
    refuse_shared(
        "channel",
        channels.iter().map(|(_, channel)| *channel),
        source,
    )?;
    Ok(HatWiring {
        bus: document.i2c.bus,
        address: *address.get_ref(),
        channels: Relays::from_fn(|relay| *channels[relay].get_ref()),
        contacts: contacts(entry),
    })
}

fn relays(entry: &document::Relays) -> Relays<&Spanned<document::Relay>> {
    Relays {
        mains: &entry.mains,
        charger: &entry.charger,
        aux1: &entry.aux1,
        aux2: &entry.aux2,
    }
}

fn contacts(entry: &document::Relays) -> Relays<ContactKind> {
    let relays = relays(entry);
    Relays::from_fn(|relay| match relays[relay].get_ref().contact {
        ContactName::NormallyClosed => ContactKind::NormallyClosed,
        ContactName::NormallyOpen => ContactKind::NormallyOpen,
    })
}

/// An entry that every relay must have.
fn each<'entry, T>(
    entry: &'entry document::Relays,
    source: Source<'_>,
    what: &str,
    of: impl Fn(&'entry document::Relay) -> &'entry Option<Spanned<T>>,
) -> Result<Relays<&'entry Spanned<T>>, Refusal> {
    let needed = |name: &str, relay: &'entry Spanned<document::Relay>| {
        of(relay.get_ref())
            .as_ref()
            .ok_or_else(|| source.refuse(Some(relay.span()), format!("relay {name} needs {what}")))
    };
    Ok(Relays {
        mains: needed("mains", &entry.mains)?,
        charger: needed("charger", &entry.charger)?,
        aux1: needed("aux1", &entry.aux1)?,
        aux2: needed("aux2", &entry.aux2)?,
    })
}

fn needed(what: &str, board: &str, span: Range<usize>, source: Source<'_>) -> Refusal {
    source.refuse(Some(span), format!("[relays] on {board} needs {what}"))
}

fn refuse_given<T>(
    entry: Option<&Spanned<T>>,
    reason: &str,
    source: Source<'_>,
) -> Result<(), Refusal> {
    entry.map_or(Ok(()), |entry| {
        let reason = format!("this entry {reason}");
        Err(source.refuse(Some(entry.span()), reason))
    })
}

fn within(
    board: &str,
    what: &str,
    entry: &Spanned<u8>,
    range: &core::ops::RangeInclusive<u8>,
    source: Source<'_>,
) -> Result<(), Refusal> {
    if range.contains(entry.get_ref()) {
        return Ok(());
    }
    let text = |number: &u8| match what {
        "address" => format!("{number:#04x}"),
        _ => number.to_string(),
    };
    let (least, most) = (text(range.start()), text(range.end()));
    Err(source.refuse(
        Some(entry.span()),
        format!(
            "{board} has no {what} {}: it must lie between {least} and {most}",
            text(entry.get_ref())
        ),
    ))
}

/// A line or channel drives one relay or is one input.
fn refuse_shared<'entry, T: PartialEq + Display + 'entry>(
    what: &str,
    used: impl Iterator<Item = &'entry Spanned<T>>,
    source: Source<'_>,
) -> Result<(), Refusal> {
    let mut seen: Vec<&T> = Vec::new();
    for entry in used {
        let number = entry.get_ref();
        if seen.contains(&number) {
            return Err(source.refuse(Some(entry.span()), format!("{what} {number} is used twice")));
        }
        seen.push(number);
    }
    Ok(())
}
