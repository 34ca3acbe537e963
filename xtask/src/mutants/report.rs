//! `control/mutants.md`: how many mutants the tests catch, and why the others live.
//!
//! The reasons in it are written by hand, and kept when it is written anew.

use super::ledger::{Ledger, Mutant, Outcome, file_of};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// Which share of the viable mutants the tests are to catch, in percent.
const GOAL_PERCENT: f64 = 95.0;

const HEADING: &str = "# Mutants of the controller\n\n\
    Does a test fail for every mistake that could be made in `control/src`? cargo-mutants makes them one \
    at a time: it takes a function's body away, turns a comparison round, drops an arm of a match. \
    `cargo xtask mutants` writes this page from `mutants.txt`, which holds what came of each; \
    `.cargo/mutants.toml` says what is left out and why. Only the reasons below are written by hand. \
    Outcomes are those of the code at the time of the run: after a change, test its file anew \
    (`cargo xtask mutants --file control/src/…`).\n";

/// How many mutants came to what.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    caught: usize,
    missed: usize,
    timeout: usize,
    unviable: usize,
    untested: usize,
}

impl Counts {
    fn add(&mut self, outcome: Option<Outcome>) {
        *match outcome {
            Some(Outcome::Caught) => &mut self.caught,
            Some(Outcome::Missed) => &mut self.missed,
            Some(Outcome::Timeout) => &mut self.timeout,
            Some(Outcome::Unviable) => &mut self.unviable,
            None => &mut self.untested,
        } += 1;
    }

    fn of<'a>(ledger: &Ledger, mutants: impl IntoIterator<Item = &'a Mutant>) -> Self {
        let mut counts = Self::default();
        for mutant in mutants {
            counts.add(ledger.outcome(&mutant.key));
        }
        counts
    }

    /// Share of the viable, tested mutants that were noticed, in percent.
    fn noticed_percent(self) -> Option<f64> {
        let noticed = self.caught + self.timeout;
        let viable = noticed + self.missed;
        (viable > 0).then(|| 100.0 * noticed as f64 / viable as f64)
    }

    fn row(self, name: &str) -> String {
        let Self {
            caught,
            missed,
            timeout,
            unviable,
            untested,
        } = self;
        let percent = self
            .noticed_percent()
            .map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1} %"));
        format!(
            "| {name} | {caught} | {timeout} | {missed} | {percent} | {unviable} | {untested} |\n"
        )
    }
}

/// The figures in one sentence.
pub fn summary(ledger: &Ledger, mutants: &[Mutant]) -> String {
    let counts = Counts::of(ledger, mutants);
    let noticed = counts.noticed_percent().map_or_else(
        || "none viable was tested".to_owned(),
        |percent| format!("{percent:.1} % of the viable ones are caught"),
    );
    format!(
        "{} mutants: {} caught, {} timed out, {} missed, {} do not compile, {} not tested yet; \
         {noticed}; goal: at least {GOAL_PERCENT} %",
        mutants.len(),
        counts.caught,
        counts.timeout,
        counts.missed,
        counts.unviable,
        counts.untested,
    )
}

/// The whole page.
pub fn text(ledger: &Ledger, mutants: &[Mutant], reasons: &HashMap<String, String>) -> String {
    let mut page = format!("{HEADING}\n{}.\n\n", summary(ledger, mutants));
    page += &figures(ledger, mutants);
    page += &survivors(ledger, mutants, reasons);
    page
}

fn figures(ledger: &Ledger, mutants: &[Mutant]) -> String {
    let mut files: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    for mutant in mutants {
        files.entry(file_of(&mutant.key)).or_default().push(mutant);
    }
    let mut table = String::from(
        "## Figures\n\nA test that does not end counts as caught: nobody takes that for a pass.\n\n\
         | file | caught | timed out | missed | caught of the viable | do not compile | not tested |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for (file, mutants) in files {
        table += &Counts::of(ledger, mutants).row(&format!("`{file}`"));
    }
    table + &Counts::of(ledger, mutants).row("all") + "\n"
}

fn survivors(ledger: &Ledger, mutants: &[Mutant], reasons: &HashMap<String, String>) -> String {
    let mut table =
        String::from("## Survivors\n\n| mutant | why no test catches it |\n|---|---|\n");
    let missed = mutants
        .iter()
        .filter(|mutant| ledger.outcome(&mutant.key) == Some(Outcome::Missed));
    for Mutant { key, .. } in missed {
        let shown = cell(key);
        let reason = reasons.get(&shown).map_or("", String::as_str);
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| `{shown}` | {reason} |");
    }
    table
}

/// The reasons that a page gives, by the mutant as the page shows it.
pub fn reasons(page: &str) -> HashMap<String, String> {
    let rows = page.lines().filter_map(|line| {
        let (key, reason) = line.strip_prefix("| `")?.split_once("` | ")?;
        let reason = reason.strip_suffix('|')?.trim();
        (!reason.is_empty() && key.contains(": ")).then(|| (key.to_owned(), reason.to_owned()))
    });
    rows.collect()
}

/// A mutant in a table, where a bar would end the cell.
fn cell(key: &str) -> String {
    key.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::super::ledger::numbered;
    use super::*;

    fn tested(outcomes: &[(&str, Outcome)]) -> (Ledger, Vec<Mutant>) {
        let mutants = numbered(outcomes.iter().map(|(name, _)| *name));
        let run: Vec<_> = outcomes
            .iter()
            .map(|(name, outcome)| ((*name).to_owned(), *outcome))
            .collect();
        let mut ledger = Ledger::default();
        ledger.take_in(&mutants, &run);
        (ledger, mutants)
    }

    #[test]
    fn a_reason_given_by_hand_is_kept() {
        let (ledger, mutants) = tested(&[
            ("a.rs:1:1: replace || with && in f", Outcome::Missed),
            ("a.rs:2:1: replace + with - in f", Outcome::Missed),
        ]);
        let page = text(&ledger, &mutants, &HashMap::new());
        let row = r"| `a.rs: replace \|\| with && in f` |  |";
        assert!(page.contains(row), "{page}");
        let edited = page.replace(row, &row.replace("|  |", "| both are never true |"));
        assert_eq!(text(&ledger, &mutants, &reasons(&edited)), edited);
    }

    #[test]
    fn only_what_compiles_counts() {
        let (ledger, mutants) = tested(&[
            ("a.rs:1:1: a", Outcome::Caught),
            ("a.rs:2:1: b", Outcome::Timeout),
            ("a.rs:3:1: c", Outcome::Missed),
            ("a.rs:4:1: d", Outcome::Unviable),
        ]);
        let row = figures(&ledger, &mutants);
        assert!(
            row.contains("| `a.rs` | 1 | 1 | 1 | 66.7 % | 1 | 0 |"),
            "{row}"
        );
    }

    #[test]
    fn figures_are_not_taken_for_reasons() {
        let (ledger, mutants) = tested(&[("a.rs:1:1: a", Outcome::Caught)]);
        assert!(reasons(&text(&ledger, &mutants, &HashMap::new())).is_empty());
    }
}
