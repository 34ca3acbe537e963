//! The language and the theme that a person chose on this device, and who they are in this tab.

use leptos::prelude::*;
use releve_protocol::Language;
use web_sys::Storage;

use crate::mqtt::Login;

const LANGUAGE_KEY: &str = "releve.language";
const THEME_KEY: &str = "releve.theme";
const USER_KEY: &str = "releve.user";
const PASSWORD_KEY: &str = "releve.password";

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the device has it.
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The name in the page's attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// None where the person forbids it; choices then last as long as the page.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn store(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // Fails only when the storage is full.
        let _ = storage.set_item(key, value);
    }
}

/// The language chosen before, else the browser's.
pub fn language() -> Language {
    let tag = stored(LANGUAGE_KEY).or_else(|| window().navigator().language());
    Language::of_tag(&tag.unwrap_or_default())
}

/// The theme chosen before, else the device's.
pub fn theme() -> Theme {
    let name = stored(THEME_KEY).unwrap_or_default();
    Theme::ALL
        .into_iter()
        .find(|theme| theme.name() == name)
        .unwrap_or(Theme::Auto)
}

/// Remembers the language.
pub fn store_language(language: Language) {
    store(LANGUAGE_KEY, language.tag());
}

/// Remembers the theme.
pub fn store_theme(theme: Theme) {
    store(THEME_KEY, theme.name());
}

/// Of this tab alone: it ends with it.
fn tab_storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// Who logged in before in this tab.
pub fn login() -> Option<Login> {
    let storage = tab_storage()?;
    let entry = |key| storage.get_item(key).ok().flatten();
    Some(Login {
        user: entry(USER_KEY)?,
        password: entry(PASSWORD_KEY)?,
    })
}

/// Remembers who logged in, for as long as this tab; or forgets it.
pub fn store_login(login: Option<&Login>) {
    let Some(storage) = tab_storage() else {
        return;
    };
    // Fails only when the storage is full: a reload then asks again.
    let _ = match login {
        Some(login) => storage
            .set_item(USER_KEY, &login.user)
            .and_then(|()| storage.set_item(PASSWORD_KEY, &login.password)),
        None => storage
            .remove_item(USER_KEY)
            .and_then(|()| storage.remove_item(PASSWORD_KEY)),
    };
}

/// Tells the whole page, so that hyphenation, screen readers and colours follow.
pub fn apply(language: Language, theme: Theme) {
    if let Some(root) = document().document_element() {
        // Both names are valid, so neither can fail.
        let _ = root.set_attribute("lang", language.tag());
        let _ = root.set_attribute("data-theme", theme.name());
    }
}
