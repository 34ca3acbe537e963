//! Pieces of pages, one a file.

pub mod age;
pub mod annunciator;
pub mod banners;
pub mod control;
pub mod diagram;
pub mod fleet_table;
pub mod icons;
pub mod limits;
pub mod link;
pub mod list;
pub mod measurements;
pub mod mini_diagram;
pub mod notices;
pub mod segments;
pub mod site_card;
pub mod sparkline;
pub mod toasts;
pub mod top_bar;
pub mod value;
pub mod voltage_scale;
pub mod when;
