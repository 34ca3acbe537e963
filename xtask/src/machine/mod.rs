//! `cargo xtask machine`: the node's program on a stock kernel's drivers, in an emulated machine
//! (`docs/machine.md`).

mod emulator;
mod initramfs;
mod kernel;

use crate::progress::Step;
use crate::rust_target::RustTarget;
use crate::system_packages::{self, Tool};
use crate::{cargo, workspace};
use anyhow::{Context, Result, bail};
use emulator::Order;
use initramfs::Initramfs;
use kernel::Kernel;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Statically linked programs need nothing else in the machine.
const STATIC_TARGET: RustTarget = RustTarget {
    triple: "x86_64-unknown-linux-musl",
    adding: "Adding the target of static programs to the Rust toolchain",
    debian_package: None,
};

const TOOLS: [Tool; 4] = [
    Tool {
        program: "qemu-system-x86_64",
        debian_package: "qemu-system-x86",
    },
    Tool {
        program: "busybox",
        debian_package: "busybox-static",
    },
    Tool {
        program: "modinfo",
        debian_package: "kmod",
    },
    // For the C that a dependency may hold.
    Tool {
        program: "musl-gcc",
        debian_package: "musl-tools",
    },
];

/// The drivers between the simulated bridge and the node: the bus for programs, HID devices from programs,
/// and the bridge's own.
const MODULES: [&str; 3] = ["i2c-dev", "uhid", "hid-cp2112"];

/// What the rig does in the machine.
#[derive(Clone, Copy)]
enum Work {
    Scenarios,
    /// Measures how long trips take.
    Trips,
}

impl Work {
    const fn title(self) -> &'static str {
        match self {
            Self::Scenarios => "The node in the emulated machine",
            Self::Trips => "From trip to relay, in the emulated machine",
        }
    }

    const fn usual_duration(self) -> &'static str {
        match self {
            Self::Scenarios => "half a minute",
            Self::Trips => "some minutes",
        }
    }

    /// Many times what it takes, whatever the host does beside it.
    const fn time_limit(self) -> Duration {
        match self {
            Self::Scenarios => Duration::from_mins(6),
            Self::Trips => Duration::from_mins(30),
        }
    }

    /// What the machine's first program finds in its environment.
    fn rig_options(self) -> String {
        match self {
            Self::Scenarios => String::new(),
            Self::Trips => format!("rig_trips={TRIPS}"),
        }
    }
}

/// How many trips of each kind are measured.
const TRIPS: u32 = 30;

/// Runs the rig in the machine and judges by its last line.
///
/// # Errors
/// If a scenario fails, or something that the machine needs cannot be had.
pub fn run() -> Result<()> {
    let kernel = prepare()?;
    run_on(&kernel, Work::Scenarios)
}

/// Measures how long a trip takes until its relay is commanded, and prints it.
///
/// # Errors
/// If a relay is not commanded at all, or something that the machine needs cannot be had.
pub fn bench() -> Result<()> {
    let kernel = prepare()?;
    run_on(&kernel, Work::Trips)
}

/// As [`run`]; but where the machine cannot be had, it says so loudly and is content.
///
/// # Errors
/// If a scenario fails.
pub fn run_where_possible() -> Result<()> {
    match prepare() {
        Ok(kernel) => run_on(&kernel, Work::Scenarios),
        Err(error) => {
            eprintln!("!!! NOT CHECKED: the node in the emulated machine: {error:#}");
            Ok(())
        }
    }
}

fn prepare() -> Result<Kernel> {
    system_packages::ensure_installed(&TOOLS, "the emulated machine needs")?;
    STATIC_TARGET.ensure_installed()?;
    Kernel::obtain(&folder()?.join("kernel"))
}

/// Where everything of the machine lies; `machine` there is cargo's own, for the profile of that name.
fn folder() -> Result<PathBuf> {
    Ok(cargo::target_folder()?.join("emulated-machine"))
}

fn run_on(kernel: &Kernel, work: Work) -> Result<()> {
    let step = Step::begin(
        "Compiling the node and the rig as static programs",
        "about 5 minutes the first time on 2 cores",
    );
    let programs = [
        build("releve-node", "releve-node")?,
        build("releve-machine", "rig")?,
    ];
    step.done();

    let step = Step::begin(work.title(), work.usual_duration());
    let folder = folder()?;
    let initramfs = folder.join("initramfs.cpio");
    write_initramfs(&initramfs, kernel, &programs)?;
    let console = folder.join("console.log");
    let order = Order {
        rig_options: &work.rig_options(),
        time_limit: work.time_limit(),
        console: &console,
    };
    let last = emulator::run(&kernel.image, &initramfs, &order)?;
    match last.as_deref() {
        Some("RIG PASSED") => {
            step.done();
            Ok(())
        }
        Some("RIG FAILED") => bail!("a scenario failed: its line and the program's log are above"),
        _ => bail!(
            "the rig did not come to its end: {} holds what the machine said",
            workspace::shown(&console)
        ),
    }
}

fn build(package: &str, program: &str) -> Result<PathBuf> {
    let target = STATIC_TARGET.triple;
    cargo::build_binary(
        program,
        &[
            "--package",
            package,
            "--profile",
            "machine",
            "--target",
            target,
        ],
    )
}

fn write_initramfs(path: &Path, kernel: &Kernel, programs: &[PathBuf]) -> Result<()> {
    let mut initramfs = Initramfs::default();
    for folder in ["bin", "dev", "modules", "proc", "sys", "tmp"] {
        initramfs.folder(folder);
    }
    let init = workspace::root().join("machine/init");
    initramfs.program("init", &read(&init)?);
    initramfs.program("bin/busybox", &kernel::static_busybox()?);
    for program in programs {
        let name = program.file_name().context("a program has a name")?;
        initramfs.program(&format!("bin/{}", name.display()), &read(program)?);
    }
    let mut order = String::new();
    for module in kernel.modules(&MODULES)? {
        initramfs.program(&format!("modules/{}", module.name), &module.content);
        order.push_str(&module.name);
        order.push('\n');
    }
    initramfs.program("modules/order", order.as_bytes());
    fs::write(path, initramfs.finish())
        .with_context(|| format!("could not write {}", workspace::shown(path)))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", workspace::shown(path)))
}
