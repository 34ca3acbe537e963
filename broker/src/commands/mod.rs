//! What the program does besides serving.

mod passwd;

pub use passwd::passwd;
