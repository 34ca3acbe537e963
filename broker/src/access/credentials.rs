//! Who a client says to be.

use std::fmt;

use rumqttd::protocol::Login;

/// A user's name and password, as a CONNECT brings them. The password is never printed.
pub(crate) struct Credentials {
    pub user: String,
    pub password: String,
}

impl From<Login> for Credentials {
    fn from(login: Login) -> Self {
        Self {
            user: login.username,
            password: login.password,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        let credentials = Credentials::from(Login {
            username: "anna".to_owned(),
            password: "correct horse".to_owned(),
        });
        let printed = format!("{credentials:?}");
        assert_eq!(printed, "Credentials { user: \"anna\", .. }");
    }
}
