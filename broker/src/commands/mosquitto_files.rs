//! Hands the users on to Mosquitto.

use releve_broker::users::{ACL_FILE, PASSWORD_FILE, write_mosquitto_files};

use crate::cli::MosquittoFiles;

/// Writes Mosquitto's files.
///
/// # Errors
/// Says why it could not.
pub fn mosquitto_files(arguments: &MosquittoFiles) -> anyhow::Result<()> {
    let count = write_mosquitto_files(&arguments.users, &arguments.out)?;
    let out = arguments.out.display();
    println!("{PASSWORD_FILE} and {ACL_FILE} in {out} hold {count} users: send Mosquitto SIGHUP.");
    Ok(())
}
