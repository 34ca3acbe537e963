//! A mail as plain text. Pure.

use releve_protocol::Language;

use super::text::Content;

/// The text.
#[must_use]
pub fn page(content: &Content) -> String {
    let colon = match content.language {
        Language::English => ":",
        Language::French => "\u{a0}:",
    };
    let mut paragraphs = vec![content.title.clone(), content.lead.clone()];
    let facts = content.facts.iter();
    let facts: Vec<_> = facts
        .map(|(what, value)| format!("{what}{colon} {value}"))
        .collect();
    paragraphs.push(facts.join("\n"));
    if let Some((heading, advice)) = &content.advice {
        paragraphs.push(format!("{heading}{colon} {advice}"));
    }
    paragraphs.extend(content.notes.iter().cloned());
    paragraphs.extend(content.page.iter().map(|(address, _)| address.clone()));
    paragraphs.push(format!("-- \n{}", content.footer));
    paragraphs.join("\n\n") + "\n"
}
