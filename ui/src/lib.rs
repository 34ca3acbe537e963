//! The web app of Releve.
mod clock;
mod commands;
mod fleet;
mod format;
mod mqtt;
mod text;
/// Starts it.
pub fn start() {
    let _ = mqtt::Client::start(String::new(), String::new(), vec![], |_| (), |_| ());
}
