//! Who may come in, and what they may do then.
//!
//! `permissions` is the one table of what each role may publish and read; `users` the file of those who have
//! a role, and `mosquitto_files` gives both to Mosquitto; `gate` checks a login against it, slowed down by `throttle`; `reload` follows the file's changes.

pub(crate) use self::credentials::Credentials;
pub(crate) use self::gate::{Admission, Gate};
pub(crate) use self::identity::{Identity, Reach};
pub(crate) use self::reload::follow;
pub(crate) use self::users::Users;

mod credentials;
mod gate;
mod identity;
pub(crate) mod mosquitto_files;
pub(crate) mod password;
pub(crate) mod permissions;
mod reload;
mod throttle;
pub(crate) mod user_file;
pub(crate) mod users;
