//! Who gets alert e-mails, and in which language.

use std::str::FromStr;

use lettre::message::Mailbox;
use releve_protocol::Language;

/// An address with the language of its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub mailbox: Mailbox,
    /// The language of its mails.
    pub language: Language,
}

/// The text names no recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// Not an e-mail address.
    #[error("{text:?} is no e-mail address: write name@example.org or name@example.org=fr")]
    Address {
        /// What was given.
        text: String,
    },
    /// Not a language that mails are written in.
    #[error("mails are written in English (en) and French (fr); {language:?} is neither")]
    Language {
        /// What was given.
        language: String,
    },
}

impl FromStr for Recipient {
    type Err = RecipientError;

    /// Reads `address` or `address=language`, the language being `en` or `fr`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // An address may hold a `=` before its `@`.
        let (address, language) = match text.rsplit_once('=') {
            Some((address, tag)) if !tag.contains('@') => (address, language(tag)?),
            _ => (text, Language::English),
        };
        let mailbox = address
            .trim()
            .parse()
            .map_err(|_| RecipientError::Address {
                text: text.to_owned(),
            })?;
        Ok(Self { mailbox, language })
    }
}

fn language(tag: &str) -> Result<Language, RecipientError> {
    [Language::English, Language::French]
        .into_iter()
        .find(|language| language.tag() == tag.trim())
        .ok_or_else(|| RecipientError::Language {
            language: tag.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Language), RecipientError> {
        let recipient: Recipient = text.parse()?;
        Ok((recipient.mailbox.to_string(), recipient.language))
    }

    #[test]
    fn an_address_may_carry_a_language() {
        let english = ("a@example.org".to_owned(), Language::English);
        let french = ("a@example.org".to_owned(), Language::French);
        assert_eq!(read("a@example.org"), Ok(english.clone()));
        assert_eq!(read("a@example.org=en"), Ok(english));
        assert_eq!(read("a@example.org=fr"), Ok(french));
        let odd = ("a=b@example.org".to_owned(), Language::English);
        assert_eq!(read("a=b@example.org"), Ok(odd));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            ("nobody", "no e-mail address"),
            ("", "no e-mail address"),
            ("a@example.org=de", "neither"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }
}
