//! Setting a site up: what hangs on its buses, and its configuration file, written and changed with its
//! comments.

pub mod battery_volts;
pub mod calibration;
pub mod config_file;
pub mod new_site;
pub mod scan;
