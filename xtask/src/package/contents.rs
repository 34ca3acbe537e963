//! What lies where in the package.

/// How a file of the checkout is put into the package.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Plain,
    /// Compressed, as Debian wants manual pages and changelogs.
    Compressed,
}

/// A file of the checkout and its place.
pub struct Entry {
    /// Below the root of the checkout.
    pub from: &'static str,
    /// Below the root of the system.
    pub to: &'static str,
    /// How.
    pub form: Form,
}

/// Everything but the program and the notices that are put together from others'.
pub const FILES: [Entry; 11] = [
    plain("node/releve-node.toml", CONFIGURATION),
    plain(
        "deploy/systemd/releve-node.service",
        "usr/lib/systemd/system/releve-node.service",
    ),
    plain(
        "deploy/systemd/releve-relays-safe.service",
        "usr/lib/systemd/system/releve-relays-safe.service",
    ),
    plain(
        "deploy/systemd/releve.sysusers",
        "usr/lib/sysusers.d/releve.conf",
    ),
    plain(
        "deploy/systemd/releve.modules",
        "usr/lib/modules-load.d/releve.conf",
    ),
    plain(
        "deploy/systemd/releve.tmpfiles",
        "usr/lib/tmpfiles.d/releve.conf",
    ),
    plain(
        "deploy/raspberry-pi/config.txt",
        "usr/share/doc/releve-node/config.txt",
    ),
    plain(
        "node/releve-node.toml",
        "usr/share/doc/releve-node/examples/releve-node.toml",
    ),
    compressed("node/releve-node.1", "usr/share/man/man1/releve-node.1.gz"),
    compressed("CHANGELOG.md", "usr/share/doc/releve-node/changelog.gz"),
    compressed(
        "deploy/debian/changelog",
        "usr/share/doc/releve-node/changelog.Debian.gz",
    ),
];

/// The configuration, which an installation over an edited one leaves alone.
pub const CONFIGURATION: &str = "etc/releve/releve-node.toml";
/// The program.
pub const PROGRAM: &str = "usr/bin/releve-node";
/// Who may copy it.
pub const COPYRIGHT: &str = "usr/share/doc/releve-node/copyright";
/// The notices of the libraries within the program.
pub const NOTICES: &str = "usr/share/doc/releve-node/third-party.gz";

/// What dpkg runs, from `deploy/debian/`.
pub const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

const fn plain(from: &'static str, to: &'static str) -> Entry {
    Entry {
        from,
        to,
        form: Form::Plain,
    }
}

const fn compressed(from: &'static str, to: &'static str) -> Entry {
    Entry {
        from,
        to,
        form: Form::Compressed,
    }
}
