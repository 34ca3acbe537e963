//! Hands the users on to Mosquitto.

use releve_broker::users::{ACL_FILE, PASSWORD_FILE, write_mosquitto_files};

use crate::cli::MosquittoFiles;

/// Writes Mosquitto's files.
///
/// # Errors
/// Says why it could not.
pub fn mosquitto_files(arguments: &MosquittoFiles) -> anyhow::Result<()> {
    let written = write_mosquitto_files(&arguments.users, &arguments.out)?;
    let out = arguments.out.display();
    let count = written.users;
    println!("{PASSWORD_FILE} and {ACL_FILE} in {out} hold {count} users: send Mosquitto SIGHUP.");
    if !written.new.is_empty() {
        let new = written.new.iter().map(|path| path.display().to_string());
        let new = new.collect::<Vec<_>>().join(" ");
        eprintln!(
            "New ones can be read by whoever ran this alone. Give them to Mosquitto's user once, they stay its: chown mosquitto: {new}"
        );
    }
    Ok(())
}
