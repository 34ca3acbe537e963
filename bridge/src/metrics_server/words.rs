//! What a server says, as part of a sentence of ours. Pure.

/// The most characters of a server's words.
const MAX_WORDS: usize = 300;

/// The beginning of what a server says, on one line.
pub fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(MAX_WORDS).collect()
}
