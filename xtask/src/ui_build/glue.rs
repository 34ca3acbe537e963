//! The JavaScript between the browser and the compiled UI, and the module fit for it.

use super::Variant;
use anyhow::{Context, Result};
use std::path::Path;
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

/// Name of the generated script and module: `app.js`, `app_bg.wasm`.
const SCRIPT_NAME: &str = "app";

/// What Leptos brings for streams between a browser and a server of its own. Releve's UI has no such
/// server, so nothing ever makes one of these objects; as exports they would be downloaded all the same.
const NEVER_USED: [&str; 2] = ["intounderlying", "__wbg_intounderlying"];

/// Writes `app.js` and `app_bg.wasm` into `folder`.
pub fn generate(variant: Variant, wasm: &Path, folder: &Path) -> Result<()> {
    let is_small = variant == Variant::Release;
    let mut generated = Bindgen::new()
        .input_path(wasm)
        .out_name(SCRIPT_NAME)
        .web(true)?
        .typescript(false)
        .debug(!is_small)
        .remove_name_section(is_small)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen could not generate the UI's JavaScript")?;
    if is_small {
        remove_never_used(generated.wasm_mut());
    }
    generated
        .emit(folder)
        .context("could not write the UI's JavaScript and module")
}

fn remove_never_used(module: &mut Module) {
    let exports: Vec<_> = module
        .exports
        .iter()
        .filter(|export| NEVER_USED.iter().any(|name| export.name.starts_with(name)))
        .map(walrus::Export::id)
        .collect();
    for export in exports {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(module);
}
