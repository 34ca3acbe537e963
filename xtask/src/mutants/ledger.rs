//! What came of every mutant, one line each, by names that survive changes elsewhere in the file.

use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What came of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A test failed.
    Caught,
    /// Every test passed.
    Missed,
    /// The tests did not end: nobody would take that for a pass.
    Timeout,
    /// It does not compile.
    Unviable,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Caught, Self::Missed, Self::Timeout, Self::Unviable];

    /// Its name in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Missed => "missed",
            Self::Timeout => "timeout",
            Self::Unviable => "unviable",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// A mutant of today's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// As cargo-mutants names it, with line and column.
    pub name: String,
    /// As the ledger names it: file, change and function, and a number where one function has several
    /// places for the same change.
    pub key: String,
}

/// Gives each mutant its lasting name. The names must come in the order of the source text.
pub fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Mutant> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    names
        .map(|name| {
            let plain = without_position(name);
            let count = seen.entry(plain.clone()).or_default();
            *count += 1;
            Mutant {
                name: name.to_owned(),
                key: match count {
                    1 => plain,
                    _ => format!("{plain} (place {count})"),
                },
            }
        })
        .collect()
}

/// `file:line:column: change` without line and column.
fn without_position(name: &str) -> String {
    let mut parts = name.splitn(4, ':');
    match (parts.next(), parts.nth(2)) {
        (Some(file), Some(change)) => format!("{file}:{change}"),
        _ => name.to_owned(),
    }
}

/// The file that a lasting name begins with.
pub fn file_of(key: &str) -> &str {
    key.split(':').next().unwrap_or(key)
}

/// What came of every mutant tested so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    outcomes: BTreeMap<String, Outcome>,
}

impl Ledger {
    /// Reads a ledger; an absent file is an empty one.
    ///
    /// # Errors
    /// If the file cannot be read or has a line that is none of a ledger.
    pub fn read(file: &Path) -> Result<Self> {
        match fs::read_to_string(file) {
            Ok(text) => Self::parse(&text)
                .with_context(|| format!("{} is no list of outcomes", file.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("could not read {}", file.display())),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let mut outcomes = BTreeMap::new();
        for line in text.lines() {
            let entry = line
                .split_once(' ')
                .and_then(|(name, key)| Some((Outcome::from_name(name)?, key.trim_start())));
            let (outcome, key) = entry.with_context(|| format!("`{line}` names no outcome"))?;
            let known = outcomes.insert(key.to_owned(), outcome);
            ensure!(known.is_none(), "`{key}` is listed twice");
        }
        Ok(Self { outcomes })
    }

    /// The ledger as it is committed.
    pub fn text(&self) -> String {
        self.outcomes
            .iter()
            .map(|(key, outcome)| format!("{:<8} {key}\n", outcome.name()))
            .collect()
    }

    /// What came of the mutant; `None` if it was not tested yet.
    pub fn outcome(&self, key: &str) -> Option<Outcome> {
        self.outcomes.get(key).copied()
    }

    /// Forgets what is no mutant of today's code any more.
    pub fn keep_only(&mut self, mutants: &[Mutant]) {
        self.outcomes
            .retain(|key, _| mutants.iter().any(|mutant| mutant.key == *key));
    }

    /// Takes in the outcomes of a run; they replace those of earlier runs.
    pub fn take_in(&mut self, mutants: &[Mutant], run: &[(String, Outcome)]) {
        for (name, outcome) in run {
            if let Some(mutant) = mutants.iter().find(|mutant| mutant.name == *name) {
                self.outcomes.insert(mutant.key.clone(), *outcome);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutants(names: &[&str]) -> Vec<Mutant> {
        numbered(names.iter().copied())
    }

    #[test]
    fn a_mutant_keeps_its_name_when_lines_move() {
        let key = |line: u32| {
            mutants(&[&format!("a.rs:{line}:5: replace + with - in f")])[0]
                .key
                .clone()
        };
        assert_eq!(key(3), "a.rs: replace + with - in f");
        assert_eq!(key(3), key(70));
    }

    #[test]
    fn the_same_change_in_two_places_of_a_function_is_two_mutants() {
        let both = mutants(&[
            "a.rs:3:5: replace + with - in f",
            "a.rs:3:9: replace + with - in f",
        ]);
        assert_eq!(both[0].key, "a.rs: replace + with - in f");
        assert_eq!(both[1].key, "a.rs: replace + with - in f (place 2)");
    }

    #[test]
    fn a_change_may_hold_colons() {
        let mutant = &mutants(&["a.rs:3:5: replace A::f -> B with C::new()"])[0];
        assert_eq!(mutant.key, "a.rs: replace A::f -> B with C::new()");
    }

    #[test]
    fn shards_add_up_and_a_later_run_counts() {
        let all = mutants(&["a.rs:1:1: x", "a.rs:2:1: y", "b.rs:1:1: z"]);
        let mut ledger = Ledger::default();
        let run = |name: &str, outcome| vec![(name.to_owned(), outcome)];
        ledger.take_in(&all, &run("a.rs:1:1: x", Outcome::Missed));
        let mut ledger = Ledger::parse(&ledger.text()).expect("its own text");
        ledger.take_in(&all, &run("b.rs:1:1: z", Outcome::Timeout));
        ledger.take_in(&all, &run("a.rs:1:1: x", Outcome::Caught));
        assert_eq!(ledger.text(), "caught   a.rs: x\ntimeout  b.rs: z\n");
        assert_eq!(ledger.outcome("a.rs: y"), None);
    }

    #[test]
    fn a_mutant_of_old_code_is_forgotten() {
        let mut ledger =
            Ledger::parse("caught   a.rs: x\nmissed   a.rs: gone\n").expect("a ledger");
        ledger.keep_only(&mutants(&["a.rs:1:1: x"]));
        assert_eq!(ledger.text(), "caught   a.rs: x\n");
    }

    #[test]
    fn a_damaged_ledger_is_refused() {
        assert!(Ledger::parse("perhaps  a.rs: x\n").is_err());
        assert!(Ledger::parse("caught   a.rs: x\nmissed   a.rs: x\n").is_err());
    }
}
