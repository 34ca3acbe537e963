//! The users file, for whoever writes it: `releve-broker passwd`.

pub use crate::access::password::PasswordFault;
pub use crate::access::user_file::{NewUser, UserFile, UserFileError};
