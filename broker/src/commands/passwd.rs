//! Sets and removes users.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, bail};
use releve_broker::users::{NewUser, UserFile};

use crate::cli::Passwd;

/// Changes the users file.
///
/// # Errors
/// Says why it could not; the file is as it was then.
pub fn passwd(arguments: &Passwd) -> anyhow::Result<()> {
    let name = &arguments.user;
    if arguments.remove {
        let mut file = UserFile::open(&arguments.users)?;
        if !file.remove(name) {
            bail!("{}: there is no user {name}", arguments.users.display());
        }
        file.save()?;
        println!("{name} is removed.");
        return Ok(());
    }
    let user = |password| NewUser {
        name,
        role: arguments.role.as_deref(),
        id: arguments.id.as_deref(),
        password,
        for_mosquitto: arguments.mosquitto,
    };
    // Before anybody types a password in vain. Others may change the file while they type.
    UserFile::open(&arguments.users)?.check(&user(""))?;
    let password = read_password()?;
    let mut file = UserFile::open(&arguments.users)?;
    let role = file.check(&user(&password))?;
    let is_new = !file.contains(name);
    file.set(&user(&password))?;
    let is_for_mosquitto = file.is_for_mosquitto(name);
    file.save()?;
    let done = if is_new {
        "is a new user"
    } else {
        "is changed"
    };
    println!("{name} {done}: {role}.");
    if is_for_mosquitto {
        println!("Its password is stored for Mosquitto, too: run releve-broker mosquitto-files.");
    }
    Ok(())
}

/// Never an argument: those can be seen by everybody on the machine.
fn read_password() -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        (io::stdin().lock().read_line(&mut line)).context("the password cannot be read")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).context("the password cannot be asked for")
    };
    let password = ask("Password: ")?;
    if ask("Again: ")? != password {
        bail!("the two are not the same; nothing is changed");
    }
    Ok(password)
}
