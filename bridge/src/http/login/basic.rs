//! User and password in the header `Authorization: Basic …`. Pure.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest value that is looked at.
const LONGEST: usize = 1024;

/// Who somebody says to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

impl Credentials {
    /// What the headers say; `None` where they say nothing that could be right.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(AUTHORIZATION)?.as_bytes();
        let value = str::from_utf8(value)
            .ok()
            .filter(|it| it.len() <= LONGEST)?;
        let (scheme, token) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        let is_possible = |text: &str| !text.is_empty() && !text.contains('\0');
        (is_possible(user) && is_possible(password)).then(|| Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().expect("a header"));
        Credentials::of(&headers).map(|it| (it.user, it.password))
    }

    fn basic(text: &[u8]) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn a_password_may_hold_colons_and_any_letters() {
        let expected = Some(("anna".to_owned(), "a:b é".to_owned()));
        assert_eq!(of(&basic("anna:a:b é".as_bytes())), expected);
        assert_eq!(
            of(&basic("anna:a:b é".as_bytes()).replace("Basic", "basic")),
            expected
        );
    }

    #[test]
    fn what_cannot_be_right_is_nothing() {
        for value in [
            "",
            "Basic",
            "Basic ",
            "Basic ?",
            "Bearer YTpi",
            &basic(b"anna"),
            &basic(b":password"),
            &basic(b"anna:"),
            &basic(b"anna:\xff"),
            &basic(b"an\0na:password"),
            &basic(&[b'a'; LONGEST]),
        ] {
            assert_eq!(of(value), None, "{value}");
        }
        assert!(Credentials::of(&HeaderMap::new()).is_none());
    }
}
