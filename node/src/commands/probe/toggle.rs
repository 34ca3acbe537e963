//! A relay moved for some seconds on request, with what the circuits say to it, and put back whatever
//! happens.

use std::io::{BufRead, IsTerminal, Write};
use std::time::Duration;

use anyhow::{Context, bail};
use releve_control::{Contact, RelayName, Relays};
use releve_node::hardware::relay_board::SiteBoard;
use releve_node::hardware::start_sensors;
use releve_node::relays::{RelayBoard, Switch};
use releve_node::sensors::Sensors;
use releve_node::settings::Settings;
use releve_node::setup::battery_volts;
use tokio::time::sleep;

use super::circuits::Circuits;
use crate::commands::asked_to_stop;
use crate::commands::safe_positions::SafePositions;

/// How long currents may take to settle after a relay has moved.
const SETTLE: Duration = Duration::from_secs(2);
/// A lead battery below is empty, a LiFePO4 one long since, V: nobody's only supply is taken to it.
const BATTERY_VOLTS_LEAST: f64 = 12.0;
/// A current below is none, A.
const NO_CURRENT: f64 = 0.05;

/// Moves that relay and puts it back.
///
/// # Errors
/// If it is refused, nothing was switched. If the relay does not read back where it must be, or the program
/// is asked to stop, the relays are left safe.
pub async fn toggle(settings: &Settings, relay: RelayName, yes: bool) -> anyhow::Result<()> {
    let SafePositions { safe, hot, unknown } = SafePositions::of(settings);
    if let Some(reason) = unknown {
        bail!(
            "nothing was switched: {reason}, so nobody knows whether the battery is too hot to be charged. Run this as the user of the service (sudo -u releve), or run the node until it has written the file anew"
        );
    }
    if hot && relay == RelayName::Charger {
        bail!(
            "the battery was too hot or too cold when the node last ran: its charger stays open. Run the node until it has closed it"
        );
    }
    let away = moved(safe, relay);
    println!("{}", announcement(relay, away[relay]));
    confirm(yes)?;
    let mut sensors = start_sensors(&settings.hardware).context("the sensors cannot be started")?;
    let board = SiteBoard::start(settings.hardware.relays.clone())
        .context("the relays cannot be switched")?;
    let mut switch = Switch::new(board);
    put(&mut switch, safe, (safe, relay))?;
    move_and_put_back(&mut switch, &mut sensors, relay, (safe, away)).await
}

/// Moves it, unless the program is asked to stop, and does not end before the board has taken the safe
/// positions again.
async fn move_and_put_back(
    switch: &mut Switch<impl RelayBoard>,
    sensors: &mut impl Sensors,
    relay: RelayName,
    (safe, away): (Relays<Contact>, Relays<Contact>),
) -> anyhow::Result<()> {
    let stop = asked_to_stop();
    let done = tokio::select! {
        signal = stop => Err(anyhow::anyhow!("{}: stopped", signal?)),
        done = there_and_back(switch, sensors, relay, (safe, away)) => done,
    };
    // Dropped or panicking, the switch does this by itself, once.
    while !switch.leave_safe() {
        // Ignoring every signal but SIGKILL: a bus that came to hang when the contact moved may come back.
        eprintln!(
            "NOT PUT BACK: the board does not take it, and is asked again and again. Take the supply off the relay board to connect mains and charger by their normally-closed contacts"
        );
        sleep(SETTLE).await;
    }
    println!("Every relay is where relays-safe leaves it.");
    done
}

const fn opposite(contact: Contact) -> Contact {
    match contact {
        Contact::Open => Contact::Closed,
        Contact::Closed => Contact::Open,
    }
}

fn moved(safe: Relays<Contact>, relay: RelayName) -> Relays<Contact> {
    Relays::from_fn(|other| {
        if other == relay {
            opposite(safe[other])
        } else {
            safe[other]
        }
    })
}

async fn there_and_back(
    switch: &mut Switch<impl RelayBoard>,
    sensors: &mut impl Sensors,
    relay: RelayName,
    (safe, away): (Relays<Contact>, Relays<Contact>),
) -> anyhow::Result<()> {
    // The chips may have to be configured first.
    Circuits::look(sensors).await;
    let before = Circuits::look(sensors).await;
    println!("before:    {before}");
    refuse_battery(relay, &before)?;
    put(switch, away, (safe, relay))?;
    sleep(SETTLE).await;
    let meanwhile = Circuits::look(sensors).await;
    put(switch, away, (safe, relay)).context("it did not stay there")?;
    put(switch, safe, (safe, relay))?;
    // Only now: a terminal that stands still must not keep a circuit cut.
    println!("{:<10} {meanwhile}", format!("{}:", away[relay]));
    sleep(SETTLE).await;
    println!("put back:  {}", Circuits::look(sensors).await);
    println!("{}", verdict(relay, away[relay], &before, &meanwhile)?);
    Ok(())
}

/// Puts the relays there and makes sure that the one reads back so.
fn put(
    switch: &mut Switch<impl RelayBoard>,
    wanted: Relays<Contact>,
    (safe, relay): (Relays<Contact>, RelayName),
) -> anyhow::Result<()> {
    let answer = switch.apply(wanted, safe);
    answer.taken.context("the relays are where they were")?;
    match answer.positions[relay] {
        Some(actual) if actual == wanted[relay] => Ok(()),
        other => bail!(
            "relay {relay} should be {} and reads back {}",
            wanted[relay],
            other.map_or("nothing", Contact::name)
        ),
    }
}

fn announcement(relay: RelayName, away: Contact) -> String {
    let seconds = 5;
    let what = match (relay, away) {
        (RelayName::Mains, Contact::Open) => format!(
            "The 230 V supply of the whole installation is CUT for about {seconds} seconds. The load runs on the battery alone; if that does not hold, the load loses its supply, and this computer too where it hangs on it."
        ),
        (RelayName::Charger, Contact::Open) => format!(
            "The charger is cut from its 230 V for about {seconds} seconds; the battery is not charged meanwhile."
        ),
        (_, away) => format!(
            "Relay {relay} is {away} for about {seconds} seconds: whatever 230 V circuit runs through it is {}.",
            match away {
                Contact::Open => "CUT",
                Contact::Closed => "LIVE",
            }
        ),
    };
    format!(
        "{what} Every other relay is put where relays-safe leaves it. Nobody may work on these circuits."
    )
}

fn confirm(yes: bool) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        bail!("nothing was switched: confirm at a terminal, or with --yes");
    }
    print!("Write yes to go on: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    bail!("nothing was switched")
}

/// Only a battery that is there may become the load's only supply, and only one of 12 V is cared for.
fn refuse_battery(relay: RelayName, before: &Circuits) -> anyhow::Result<()> {
    if let Some(reason) = before.battery_volts.and_then(battery_volts::refusal) {
        bail!("nothing was moved: {reason}");
    }
    if relay != RelayName::Mains {
        return Ok(());
    }
    match before.battery_volts {
        Some(volts) if volts >= BATTERY_VOLTS_LEAST => Ok(()),
        Some(volts) => bail!(
            "mains is not cut: the battery shows {volts:.2} V, and must show {BATTERY_VOLTS_LEAST} V to carry the load alone"
        ),
        None => bail!("mains is not cut: the battery's voltage cannot be measured"),
    }
}

/// What the charger's current says to a relay that was opened.
///
/// # Errors
/// If it goes on.
fn verdict(
    relay: RelayName,
    away: Contact,
    before: &Circuits,
    meanwhile: &Circuits,
) -> anyhow::Result<String> {
    let charges = matches!(relay, RelayName::Mains | RelayName::Charger) && away == Contact::Open;
    if !charges {
        return Ok(format!(
            "Relay {relay} moved and reads back right. Compare the figures with what hangs on it."
        ));
    }
    Ok(match (before.charger_amperes, meanwhile.charger_amperes) {
        (Some(before), Some(after)) if before > NO_CURRENT && after.abs() <= NO_CURRENT => {
            format!("The charger's current ended with relay {relay}, as it must.")
        }
        (Some(before), Some(after)) if before > NO_CURRENT => bail!(
            "NOT AS IT MUST BE: the charger's current was {before:.3} A and is {after:.3} A with relay {relay} open. Its circuit does not run through that relay, the contact is welded, or another relay hangs on that line or channel."
        ),
        (Some(_), Some(_)) => format!(
            "The charger gave no current before, so the currents do not tell whether relay {relay} cuts it: repeat it while the battery charges."
        ),
        _ => format!(
            "The charger's current could not be measured, so nothing tells whether relay {relay} cuts it."
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use releve_control::Monotonic;
    use releve_control::controller::Controller;
    use releve_control::decision::Inputs;
    use releve_control::sample::{Measurement, Sample};
    use releve_node::hardware::meter::NOTHING;
    use releve_node::relays::BoardError;
    use releve_node::settings;
    use releve_node::setup::config_file::COMMENTED;
    use releve_node::snapshot::SnapshotFile;

    use super::*;

    /// A site whose node keeps its files there.
    fn site(state: &Path) -> Settings {
        let place = format!("state_directory = {state:?}");
        let text = COMMENTED.replace("# state_directory = \"/var/lib/releve\"", &place);
        assert!(
            text.contains(&place),
            "the commented file names the directory"
        );
        settings::check_text(Path::new("test"), &text).expect("sound")
    }

    async fn refused(settings: &Settings, relay: RelayName) -> String {
        let refused = toggle(settings, relay, true).await;
        refused.expect_err("there is no board").to_string()
    }

    #[tokio::test]
    async fn where_nobody_knows_of_heat_no_relay_is_moved() {
        let state = tempfile::tempdir().expect("a directory");
        let settings = site(state.path());
        let file = SnapshotFile::of(state.path(), &settings.node.node);
        std::fs::write(file.path(), b"torn").expect("written");
        for relay in RelayName::ALL.iter().copied() {
            let refused = refused(&settings, relay).await;
            assert!(
                refused.starts_with("nothing was switched") && refused.contains("too hot"),
                "{refused}"
            );
        }
    }

    #[tokio::test]
    async fn the_charger_of_a_hot_battery_is_not_moved() {
        let state = tempfile::tempdir().expect("a directory");
        let settings = site(state.path());
        let config = settings.node.control.clone();
        let mut controller = Controller::new(config, Monotonic::START).expect("sound");
        let hot = Sample {
            temperature_celsius: Measurement::Value(60.0),
            ..NOTHING
        };
        let inputs = Inputs {
            sample: Some(&hot),
            commands: &[],
            wall: None,
            storage_fault: None,
        };
        let decision = controller.step(inputs, Monotonic::START);
        assert_eq!(decision.relays.charger, Contact::Open);
        let file = SnapshotFile::of(state.path(), &settings.node.node);
        file.write(&controller.snapshot()).expect("written");
        let refused = refused(&settings, RelayName::Charger).await;
        assert!(refused.contains("its charger stays open"), "{refused}");
    }

    /// A board on a bus that hangs for some commands once a relay was moved.
    struct Hanging {
        stand: Arc<Mutex<Relays<Contact>>>,
        hangs_for: usize,
    }

    impl RelayBoard for Hanging {
        fn set(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
            let mut stand = self.stand.lock().expect("sound");
            if stand.charger == Contact::Open && self.hangs_for > 0 {
                self.hangs_for -= 1;
                return Err(BoardError("the bus hangs".to_owned()));
            }
            *stand = positions;
            Ok(())
        }

        fn read(&mut self) -> Relays<Option<Contact>> {
            if self.hangs_for == 0 {
                self.stand
                    .lock()
                    .expect("sound")
                    .map(|_, stands| Some(stands))
            } else {
                Relays::from_fn(|_| None)
            }
        }
    }

    struct Battery;

    impl Sensors for Battery {
        fn sample(&mut self, _now: Monotonic) -> Sample {
            Sample {
                battery_volts: Measurement::Value(13.2),
                ..NOTHING
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_hangs_while_a_relay_is_away_is_asked_until_it_is_back() {
        let stand = Arc::new(Mutex::new(Relays::PLAIN));
        let board = Hanging {
            stand: Arc::clone(&stand),
            hangs_for: 7,
        };
        let (safe, away) = (Relays::PLAIN, moved(Relays::PLAIN, RelayName::Charger));
        let mut switch = Switch::new(board);
        let (relay, battery) = (RelayName::Charger, &mut Battery);
        let done = move_and_put_back(&mut switch, battery, relay, (safe, away)).await;
        assert!(done.is_err(), "it reads back nothing");
        assert_eq!(*stand.lock().expect("sound"), safe);
    }

    fn circuits(charger_amperes: f64) -> Circuits {
        Circuits {
            battery_volts: Some(13.2),
            charger_volts: Some(13.3),
            charger_amperes: Some(charger_amperes),
            load_volts: None,
            load_amperes: None,
        }
    }

    #[test]
    fn a_current_that_does_not_end_is_said() {
        let said = |before, after| {
            let (before, after) = (circuits(before), circuits(after));
            let said = verdict(RelayName::Charger, Contact::Open, &before, &after);
            said.map_err(|error| error.to_string())
        };
        assert!(said(0.8, 0.01).is_ok_and(|said| said.contains("as it must")));
        for current in [0.8, -0.4] {
            assert!(said(0.8, current).is_err_and(|said| said.contains("NOT AS IT MUST BE")));
        }
        assert!(said(0.01, 0.01).is_ok_and(|said| said.contains("repeat it")));
    }

    #[test]
    fn mains_is_cut_only_while_a_battery_can_carry_the_load() {
        let refused = |relay, battery_volts| {
            let before = Circuits {
                battery_volts,
                ..circuits(0.0)
            };
            refuse_battery(relay, &before).is_err()
        };
        assert!(refused(RelayName::Mains, None));
        assert!(refused(RelayName::Mains, Some(11.9)));
        assert!(!refused(RelayName::Mains, Some(12.0)));
        assert!(!refused(RelayName::Charger, None));
        assert!(refused(RelayName::Charger, Some(25.0)), "24 V");
    }

    #[test]
    fn what_is_announced_names_the_230_volts() {
        for relay in RelayName::ALL.iter().copied() {
            let away = moved(Relays::PLAIN, relay);
            let said = announcement(relay, away[relay]);
            assert!(said.contains("230 V"), "{said}");
            let others = RelayName::ALL.iter().filter(|other| **other != relay);
            for other in others {
                assert_eq!(away[*other], Relays::PLAIN[*other]);
            }
        }
    }
}
