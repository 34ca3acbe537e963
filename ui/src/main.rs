//! The web app's WebAssembly binary; everything is in the library, so that its logic is tested on the host.

fn main() {
    releve_ui::start();
}
