//! The users file, for whoever writes it, `releve-broker passwd`, or hands it on to Mosquitto.

pub use crate::access::mosquitto_files::{
    ACL_FILE, PASSWORD_FILE, Written, write as write_mosquitto_files,
};
pub use crate::access::password::PasswordFault;
pub use crate::access::user_file::{NewUser, UserFile, UserFileError};
