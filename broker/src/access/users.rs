//! The users, as their file names them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use releve_files::{Refusal, Source, read_text};
use releve_protocol::NodeId;
use serde::Deserialize;
use toml::Spanned;

use super::password;
use super::permissions::Role;
use crate::settings::in_plain_words;

/// Longest name of a user, in bytes.
pub(crate) const LONGEST_NAME: usize = 64;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    /// What it is.
    pub role: Role,
    /// The argon2id hash of its password.
    pub argon2id: String,
    /// The hash of its password for Mosquitto, where one was asked for.
    pub mosquitto: Option<String>,
}

/// All users.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Users {
    by_name: HashMap<String, Arc<User>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    role: Spanned<String>,
    id: Option<Spanned<String>>,
    argon2id: Spanned<String>,
    mosquitto: Option<Spanned<String>>,
}

impl Users {
    /// Reads a users file.
    pub fn load(file: &Path) -> Result<Self, Refusal> {
        Self::parse(file, &read_text(file)?)
    }

    /// Reads the text of a users file.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Refusal> {
        let source = Source { file, text };
        let entries: BTreeMap<Spanned<String>, Spanned<Entry>> = toml::from_str(text)
            .map_err(|error| source.refuse(error.span(), in_plain_words(error.message())))?;
        let mut by_name = HashMap::with_capacity(entries.len());
        for (name, entry) in entries {
            check_name(name.get_ref()).map_err(|why| source.refuse(Some(name.span()), why))?;
            let user = user(entry, source)?;
            by_name.insert(name.into_inner(), Arc::new(user));
        }
        Ok(Self { by_name })
    }

    /// The user of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<User>> {
        self.by_name.get(name)
    }

    /// All of them, in the order of their names.
    pub fn sorted(&self) -> Vec<(&str, &User)> {
        let mut all: Vec<_> = (self.by_name.iter())
            .map(|(name, user)| (name.as_str(), &**user))
            .collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all
    }

    /// What should perhaps not be so: several users that are the same node, or the same bridge.
    pub fn doubts(&self) -> Vec<String> {
        let mut of_id: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, user) in self.sorted() {
            if user.role.id().is_some() {
                of_id.entry(user.role.to_string()).or_default().push(name);
            }
        }
        (of_id.into_iter())
            .filter(|(_, names)| names.len() > 1)
            .map(|(role, names)| {
                let names = names.join(", ");
                format!("several users are the {role}: {names}. Each may speak for it")
            })
            .collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }
}

/// Whether a user may have that name: one that a password file and an access list can hold as it is.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@');
    if !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(format!(
        "a user's name has 1 to {LONGEST_NAME} of A–Z a–z 0–9 _ - . @; {name:?} has not"
    ))
}

fn user(entry: Spanned<Entry>, source: Source<'_>) -> Result<User, Refusal> {
    let entry = entry.into_inner();
    let id = match &entry.id {
        Some(text) => {
            let id = text.get_ref().parse::<NodeId>();
            Some(id.map_err(|error| source.refuse(Some(text.span()), error.to_string()))?)
        }
        None => None,
    };
    let role = Role::from_name(entry.role.get_ref(), id)
        .map_err(|why| source.refuse(Some(entry.role.span()), why))?;
    password::check_hash(entry.argon2id.get_ref()).map_err(|why| {
        let reason = format!("argon2id is no hash that releve-broker passwd makes: {why}");
        source.refuse(Some(entry.argon2id.span()), reason)
    })?;
    if let Some(hash) = &entry.mosquitto
        && !password::is_mosquitto_hash(hash.get_ref())
    {
        let reason = "mosquitto is no hash that releve-broker passwd --mosquitto makes";
        return Err(source.refuse(Some(hash.span()), reason));
    }
    Ok(User {
        role,
        argon2id: entry.argon2id.into_inner(),
        mosquitto: entry.mosquitto.map(Spanned::into_inner),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$9Fxqxv3VOYRnAAbbxtaVyw$dPM5xqTpZkGVWfY3qXp1sDgY8J8Xc0aQ8Zt5yS2bP0s";

    fn parse(text: &str) -> Result<Users, Refusal> {
        Users::parse(Path::new("users.toml"), text)
    }

    #[test]
    fn users_are_read() {
        let users = parse(&format!(
            "[cabin]\nrole = \"node\"\nid = \"cabin\"\nargon2id = \"{HASH}\"\n\n['anna@home']\nrole = \"viewer\"\nargon2id = \"{HASH}\"\n"
        ))
        .unwrap();
        assert_eq!(users.len(), 2);
        let cabin = users.get("cabin").unwrap();
        assert_eq!(cabin.role, Role::Node("cabin".parse().unwrap()));
        assert_eq!(users.get("anna@home").unwrap().role, Role::Viewer);
        assert_eq!(parse("").unwrap().len(), 0);
    }

    #[test]
    fn two_users_of_one_id_are_doubted() {
        let user = |name: &str, role: &str, id: &str| {
            format!("[{name}]\nrole = \"{role}\"\nid = \"{id}\"\nargon2id = \"{HASH}\"\n")
        };
        let three = user("one", "node", "cabin")
            + &user("two", "node", "north")
            + &user("main", "bridge", "cabin");
        assert!(parse(&three).unwrap().doubts().is_empty());
        let four = parse(&(three + &user("three", "node", "cabin"))).unwrap();
        let doubts = four.doubts();
        assert_eq!(doubts.len(), 1);
        assert!(doubts[0].contains("node cabin: one, three."), "{doubts:?}");
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_line() {
        let with = |from: &str, to: &str| {
            format!("[cabin]\nrole = \"node\"\nid = \"cabin\"\nargon2id = \"{HASH}\"\n")
                .replace(from, to)
        };
        for (text, line, told) in [
            (with("[cabin]", "[\"a:b\"]"), 1, "a user's name has"),
            (with("\"node\"", "\"admin\""), 2, "there is no role"),
            (with("\"node\"", "\"viewer\""), 2, "has no id"),
            (with("id = \"cabin\"", ""), 2, "needs its id"),
            (with("id = \"cabin\"", "id = \"a/b\""), 3, ""),
            (with("$argon2id$", "$2b$"), 4, "argon2id is no hash"),
            (with("argon2id = ", "password = "), 4, "unknown field"),
            (
                with("\nid = ", "\nmosquitto = \"x\"\nid = "),
                3,
                "passwd --mosquitto",
            ),
        ] {
            let refusal = parse(&text).expect_err(&text).to_string();
            let place = format!("users.toml, line {line}: ");
            assert!(refusal.starts_with(&place), "{text}\n{refusal}");
            assert!(refusal.contains(told), "{refusal}");
        }
    }
}
