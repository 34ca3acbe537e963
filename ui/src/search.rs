//! Text as people look for it: `chambery` finds Chambéry.

use js_sys::JsString;

/// The text in lower case and without accents. The browser does it, which spares its tables here.
pub fn folded(text: &str) -> String {
    let decomposed = JsString::from(text).to_lower_case().normalize("NFD");
    String::from(decomposed)
        .chars()
        .filter(|letter| !is_combining_mark(*letter))
        .collect()
}

/// The accents that NFD takes off Latin letters.
const fn is_combining_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}
