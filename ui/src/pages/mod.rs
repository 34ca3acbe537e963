//! The pages, one a file.

pub mod fleet;
pub mod nowhere;
pub mod site;
