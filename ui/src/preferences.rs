//! The language and the theme that a person chose on this device.

use leptos::prelude::*;
use releve_protocol::Language;
use web_sys::Storage;

const LANGUAGE_KEY: &str = "releve.language";
const THEME_KEY: &str = "releve.theme";

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

/// Tells the whole page, so that hyphenation, screen readers and colours follow.
pub fn apply(language: Language, theme: Theme) {
    if let Some(root) = document().document_element() {
        // Both names are valid, so neither can fail.
        let _ = root.set_attribute("lang", language.tag());
        let _ = root.set_attribute("data-theme", theme.name());
    }
}
