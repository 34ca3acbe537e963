//! Release builds hold the web app's files: build again when they change.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Debug builds read the files when they are asked for.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo::rerun-if-changed=../ui/dist");
    }
}
