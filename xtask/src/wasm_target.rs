//! WebAssembly, which the web app is compiled for.

use crate::rust_target::RustTarget;
use anyhow::Result;

/// The target that browsers run.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the WebAssembly target to the toolchain in use, if it is missing.
///
/// # Errors
/// If it is missing and cannot be added; the message says what to do.
pub fn ensure_installed() -> Result<()> {
    RustTarget {
        triple: WASM_TARGET,
        adding: "Adding the WebAssembly target to the Rust toolchain",
        debian_package: Some("libstd-rust-dev-wasm32"),
    }
    .ensure_installed()
}
