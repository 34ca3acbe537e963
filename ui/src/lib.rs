//! The web app of Releve: Leptos, compiled to WebAssembly, run in the browser.
//!
//! It shows what the nodes publish and sends commands; it decides nothing. Data flow one way:
//! `mqtt` brings messages, `fleet` folds them into sites, `context` holds them as signals, `pages` and
//! `components` show them; commands go out through `context` and are followed by `commands`. The pure
//! parts (`mqtt::session`, `fleet`, `commands`, `contradiction`, `energy_flow`, `plot`, `format`, `route`, `text`, `weekly_plan`)
//! read no clock and touch no browser, and are tested on the host.
//!
//! # For tests in a browser
//! Elements carry a `data-testid` that does not change with language or layout:
//!
//! | where | `data-testid` |
//! |---|---|
//! | top bar | `connection` (`data-connection`: `online`, `connecting`, `waiting`), `lang-en`, `lang-fr`, `theme-auto`, `theme-light`, `theme-dark` |
//! | notices | `cut-off`, `not-watched` |
//! | fleet page | `counts`, `site-<node>` (a card; `data-standing`: `alarm`, `silent`, `late`, `quiet`), `age` (`data-age`: `live`, `late`, `silent`), `acknowledge`, `search` (from eight sites on), `view-cards`, `view-table`, `fleet-table`, `no-sites` |
//! | site page | `site-page` (`data-freshness`), `site-name`, `zones`, `to-fleet`, `age`, `banner` (`data-alarm`, `data-severity`, `data-kind`: `alarm`, `known`), `acknowledge`, `silent-banner`, `explanation`, `nowhere` (no such site) |
//! | diagram | `battery-voltage`, `battery-current`, `battery-temperature`, `charger-voltage`, `charger-current`, `load-current`, `mains`, `contact-mains`, `contact-charger` |
//! | control | `authority-automatic`, `authority-manual`, `lease`, `lease-left`, `lease-add`, `hand-back`, `mode-<mode>`, `relay-<relay>` (`data-position`), `decision-<relay>`, `confirm-question`, `confirm`, `cancel`, `control-note` |
//! | charge | `charge`, `state-of-charge`, `charge-runtime`, `charge-full`, `charge-due` |
//! | cycle | `cycle`, `phase-<phase>` (`data-place`: `done`, `now`, `ahead`), `cycle-present`, `cycle-start`, `cycle-abort`, `cycle-next`, `cycle-blockers`, `cycle-not-scheduled`, `cycle-last`, `cycle-cost` |
//! | schedule | `schedule`, `schedule-summary`, `week-allowed`, `week-critical`, `schedule-edit`, `schedule-remove`, `schedule-form`, `period-allowed`, `period-critical` (each: `day-<weekday>`, `period-from`, `period-to`, `period-remove`), `add-allowed`, `add-critical`, `schedule-zone`, `schedule-every`, `schedule-wrong`, `schedule-send`, `schedule-cancel` |
//! | measurements | `quantity-<key of the catalog>` |
//! | limits | `limit-<limit>`, `edit-<limit>`, `limit-input`, `limit-save`, `limit-error` |
//! | commands | `toast` (`data-outcome`: `sent`, `accepted`, `verifying`, `verified`, `failed`, `inconclusive`, `rejected`, `no-answer`) |
//!
//! Modes and relays are switched, cycles started and aborted, a schedule is removed, and manual authority
//! that ends a running cycle is taken in two steps: the control itself, then `confirm`.

// Leptos makes one type of all closures that are written out in a view, and one for each that is named.
#![allow(clippy::redundant_closure)]

mod app;
mod clock;
mod commands;
mod components;
mod context;
mod contradiction;
mod effect;
mod energy_flow;
mod fleet;
mod format;
mod mqtt;
mod pages;
mod plot;
mod preferences;
mod recent_history;
mod route;
mod search;
mod text;
mod weekly_plan;

/// Starts the app in the browser's page.
pub fn start() {
    leptos::mount::mount_to_body(app::App);
}
