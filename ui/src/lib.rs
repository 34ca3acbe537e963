//! The web app of Releve.
mod app;
mod clock;
mod commands;
mod components;
mod context;
mod energy_flow;
mod fleet;
mod format;
mod mqtt;
mod pages;
mod plot;
mod preferences;
mod recent_history;
mod route;
mod text;

/// Starts the app in the browser's page.
pub fn start() {
    leptos::mount::mount_to_body(app::App);
}
