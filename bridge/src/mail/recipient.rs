//! Who gets alert e-mails, in which language, and of which severity.

use std::str::FromStr;

use lettre::message::Mailbox;
use releve_protocol::Language;
use releve_protocol::control::Severity;

/// An address with the language of its reader, and what they want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub mailbox: Mailbox,
    /// The language of its mails.
    pub language: Language,
    /// The least severity that is told.
    pub least: Severity,
}

/// The text names no recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// Not an e-mail address.
    #[error(
        "{text:?} is no e-mail address: write name@example.org, name@example.org=fr or name@example.org=fr:critical"
    )]
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
    /// Not a severity.
    #[error("alerts are info, warning or critical; {severity:?} is none of these")]
    Severity {
        /// What was given.
        severity: String,
    },
}

impl FromStr for Recipient {
    type Err = RecipientError;

    /// Reads `address`, `address=language` or `address=language:severity`, the language being `en` or `fr`, the
    /// severity `info` (everything), `warning` or `critical`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // An address may hold a `=` before its `@`.
        let (address, tag) = match text.rsplit_once('=') {
            Some((address, tag)) if !tag.contains('@') => (address, tag),
            _ => (text, Language::English.tag()),
        };
        let (tag, severity) = match tag.split_once(':') {
            Some((tag, name)) => (tag, severity(name)?),
            None => (tag, Severity::Info),
        };
        let mailbox = address
            .trim()
            .parse()
            .map_err(|_| RecipientError::Address {
                text: text.to_owned(),
            })?;
        Ok(Self {
            mailbox,
            language: language(tag)?,
            least: severity,
        })
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

fn severity(name: &str) -> Result<Severity, RecipientError> {
    Severity::from_name(name.trim()).ok_or_else(|| RecipientError::Severity {
        severity: name.to_owned(),
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
    fn it_may_say_what_it_wants_to_know() {
        for (text, least) in [
            ("a@example.org", Severity::Info),
            ("a@example.org=fr", Severity::Info),
            ("a@example.org=fr:info", Severity::Info),
            ("a@example.org=en:warning", Severity::Warning),
            ("a=b@example.org=fr:critical", Severity::Critical),
        ] {
            let recipient: Recipient = text.parse().expect(text);
            assert_eq!(recipient.least, least, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            ("nobody", "no e-mail address"),
            ("", "no e-mail address"),
            ("a@example.org=de", "neither"),
            ("a@example.org=fr:urgent", "none of these"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }
}
