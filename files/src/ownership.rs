//! Whose a file is, and who may read it.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

/// The bits of a mode that are permissions.
const PERMISSION_BITS: u32 = 0o7777;

/// Owner, group and permissions of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    mode: u32,
    /// User and group; `None`: as they come.
    owner: Option<(u32, u32)>,
}

impl Ownership {
    /// Those of the file that is there; of one that is not, this program's own, and those permissions.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn of(file: &Path, mode_of_a_new_one: u32) -> io::Result<Self> {
        match fs::metadata(file) {
            Ok(old) => Ok(Self::from(&old)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self {
                mode: mode_of_a_new_one,
                owner: None,
            }),
            Err(error) => Err(error),
        }
    }

    /// Gives them to a file.
    ///
    /// # Errors
    /// If it belongs to somebody else than it should, and this program may not change that.
    pub fn give(&self, file: &File) -> io::Result<()> {
        let now = file.metadata()?;
        if let Some((user, group)) = self.owner {
            let changed = |wanted, now| (wanted != now).then_some(wanted);
            let (new_user, new_group) = (changed(user, now.uid()), changed(group, now.gid()));
            if new_user.is_some() || new_group.is_some() {
                fchown(file, new_user, new_group).map_err(|error| {
                    let why = format!(
                        "the file belongs to user {user} and group {group}, and a new one cannot be given to them ({error}): run this as that user, or as root"
                    );
                    io::Error::new(error.kind(), why)
                })?;
            }
        }
        // Last: a change of the owner takes some of the bits away, and nobody may read it before it is theirs.
        file.set_permissions(Permissions::from_mode(self.mode))
    }
}

impl From<&Metadata> for Ownership {
    fn from(metadata: &Metadata) -> Self {
        Self {
            mode: metadata.mode() & PERMISSION_BITS,
            owner: Some((metadata.uid(), metadata.gid())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_given_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::create(folder.path().join("file")).expect("created");
        let now = file.metadata().expect("a file");
        let somebody_else = Ownership {
            mode: 0o640,
            owner: Some((now.uid() + 1, now.gid())),
        };
        let given = somebody_else.give(&file);
        let now = file.metadata().expect("a file");
        match given {
            // As root.
            Ok(()) => assert_eq!(Ownership::from(&now), somebody_else),
            Err(error) => {
                assert!(error.to_string().contains("as root"), "{error}");
                assert_ne!(now.mode() & 0o777, 0o640, "nothing was opened to others");
            }
        }
    }
}
