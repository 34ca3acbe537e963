//! Debian's stock kernel, downloaded and unpacked, never installed.

use crate::progress::Step;
use crate::{programs, system_packages, workspace};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The package that depends on the current kernel of Debian.
const PACKAGE: &str = "linux-image-amd64";
/// What of a kernel's package is unpacked: its image and the drivers that matter here.
const UNPACKED: [&str; 3] = [
    "./boot/vmlinuz-*",
    "*/modules/*/kernel/drivers/hid/*",
    "*/modules/*/kernel/drivers/i2c/*",
];

/// A kernel that was unpacked.
pub struct Kernel {
    /// The file that a machine starts.
    pub image: PathBuf,
    root: PathBuf,
}

/// A driver as the kernel takes it.
pub struct Module {
    /// Its file's name.
    pub name: String,
    /// Uncompressed.
    pub content: Vec<u8>,
}

impl Kernel {
    /// The kernel that lies in the folder, or Debian's current one, put there.
    ///
    /// # Errors
    /// If there is none and it cannot be downloaded.
    pub fn obtain(folder: &Path) -> Result<Self> {
        if let Some(kernel) = Self::within(folder) {
            return Ok(kernel);
        }
        let step = Step::begin("Downloading Debian's kernel", "under a minute: 70 MB");
        ensure!(
            programs::find("apt-get").is_some() && programs::find("dpkg-deb").is_some(),
            "its kernel is Debian's, and this is not Debian"
        );
        let downloads = folder.with_extension("download");
        let _ = fs::remove_dir_all(&downloads);
        fs::create_dir_all(&downloads)?;
        let package = match download(&downloads) {
            Ok(package) => package,
            // The lists of packages may be missing or out of date.
            Err(_) => {
                programs::run(system_packages::apt_get().arg("update")).context(
                    "the lists of packages, in which its kernel stands, are out of date",
                )?;
                download(&downloads)?
            }
        };
        unpack(&package, &downloads)?;
        fs::remove_file(&package)?;
        // Whole or not at all.
        fs::rename(&downloads, folder)?;
        step.done();
        Self::within(folder).with_context(|| format!("{PACKAGE} holds no kernel"))
    }

    fn within(folder: &Path) -> Option<Self> {
        let image = fs::read_dir(folder.join("boot")).ok()?.flatten().next()?;
        Some(Self {
            image: image.path(),
            root: folder.to_path_buf(),
        })
    }

    /// These drivers with all that they depend on, in the order in which they must be loaded.
    ///
    /// # Errors
    /// If one is not there.
    pub fn modules(&self, names: &[&str]) -> Result<Vec<Module>> {
        let mut files = Vec::new();
        find_files(&self.root, &mut files)?;
        let mut modules = Vec::new();
        for name in names {
            add_module(name, &files, &mut modules)?;
        }
        Ok(modules)
    }
}

/// Downloads the current kernel's package into that folder.
fn download(folder: &Path) -> Result<PathBuf> {
    let output = Command::new("apt-cache")
        .args(["depends", "--important", PACKAGE])
        .stderr(Stdio::null())
        .output()
        .context("could not start apt-cache")?;
    let package = current_kernel(&String::from_utf8_lossy(&output.stdout))
        .with_context(|| format!("apt knows no {PACKAGE}: its kernel is Debian's for amd64"))?;
    let mut command = system_packages::apt_get();
    // apt's own user may not write here; root then downloads itself, without saying so at length.
    command.args(["-o", "APT::Sandbox::User=root", "download", &package]);
    programs::run(command.current_dir(folder)).with_context(|| {
        format!("{package} cannot be downloaded: check the connection to the internet")
    })?;
    let mut files = fs::read_dir(folder)?.flatten().map(|file| file.path());
    files
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .with_context(|| format!("apt-get downloaded no file of {package}"))
}

/// The package of the kernel itself, by what `apt-cache depends` says.
fn current_kernel(depends: &str) -> Option<String> {
    let mut lines = depends.lines().map(str::trim);
    let kernel = lines.find_map(|line| {
        let package = line.strip_prefix("Depends: ")?;
        package.starts_with("linux-image-").then_some(package)
    });
    kernel.map(str::to_owned)
}

fn unpack(package: &Path, folder: &Path) -> Result<()> {
    let mut archive = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()
        .context("could not start dpkg-deb")?;
    let stdin = archive.stdout.take().context("dpkg-deb has an output")?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--wildcards", "--directory"])
        .arg(folder);
    programs::run(tar.args(UNPACKED).stdin(stdin))?;
    ensure!(
        archive.wait()?.success(),
        "dpkg-deb could not read {}",
        package.display()
    );
    Ok(())
}

fn find_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        if entry.file_type()?.is_dir() {
            find_files(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Adds the driver of that name, after those that it depends on, unless it is there already.
fn add_module(name: &str, files: &[PathBuf], modules: &mut Vec<Module>) -> Result<()> {
    let file_name = format!("{name}.ko");
    if modules.iter().any(|module| module.name == file_name) {
        return Ok(());
    }
    let file = files.iter().find(|file| is_module(file, name));
    let file = file.with_context(|| format!("Debian's kernel has no module {name}"))?;
    let modinfo = programs::find("modinfo").context("modinfo is not installed")?;
    let depends = output(Command::new(modinfo).args(["--field", "depends"]).arg(file))?;
    let depends = String::from_utf8_lossy(&depends).trim().to_owned();
    for other in depends.split(',').filter(|other| !other.is_empty()) {
        add_module(other, files, modules)?;
    }
    let content = match file.extension().and_then(|extension| extension.to_str()) {
        Some("xz") => output(
            Command::new("xz")
                .args(["--decompress", "--stdout"])
                .arg(file),
        )?,
        _ => fs::read(file)?,
    };
    modules.push(Module {
        name: file_name,
        content,
    });
    Ok(())
}

/// Whether the file is that driver; the kernel takes `-` and `_` in its name for the same.
fn is_module(file: &Path, name: &str) -> bool {
    let file = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = file.trim_end_matches(".xz").strip_suffix(".ko");
    stem.is_some_and(|stem| stem.replace('-', "_") == name.replace('-', "_"))
}

/// The shell of the machine, which must not need libraries.
pub fn static_busybox() -> Result<Vec<u8>> {
    const LOADER: &[u8] = b"/ld-";
    const BEGINNING: usize = 4096;
    let path = programs::find("busybox").context("busybox is not installed")?;
    let program = fs::read(&path)?;
    // A program names the loader of its libraries at its beginning.
    let beginning = &program[..program.len().min(BEGINNING)];
    if beginning.windows(LOADER.len()).any(|bytes| bytes == LOADER) {
        bail!(
            "{} needs libraries: install the package busybox-static in its place",
            workspace::shown(&path)
        );
    }
    Ok(program)
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let line = programs::command_line(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not start `{line}`"))?;
    ensure!(
        output.status.success(),
        "`{line}` failed ({})",
        output.status
    );
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::{current_kernel, is_module};
    use std::path::Path;

    #[test]
    fn the_kernel_is_what_the_package_depends_on() {
        let depends = "linux-image-amd64\n  Depends: linux-image-6.1.0-9-amd64\n";
        let kernel = current_kernel(depends);
        assert_eq!(kernel.as_deref(), Some("linux-image-6.1.0-9-amd64"));
        assert_eq!(current_kernel(""), None);
    }

    #[test]
    fn a_module_is_found_however_it_is_written_and_packed() {
        assert!(is_module(
            Path::new("/m/hid/hid-cp2112.ko.xz"),
            "hid_cp2112"
        ));
        assert!(is_module(Path::new("/m/hid/uhid.ko"), "uhid"));
        assert!(!is_module(Path::new("/m/hid/uhid.ko"), "hid"));
    }
}
