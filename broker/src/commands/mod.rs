//! What the program does besides serving.

mod mosquitto_files;
mod passwd;

pub use mosquitto_files::mosquitto_files;
pub use passwd::passwd;
