//! Where the kernel has put the bridge's bus and lines: their numbers are its own business.

use std::fs;

/// What the driver calls its bus begins with this.
const BUS_NAME: &str = "CP2112";

/// The number of the bridge's bus, once there is one.
pub fn find_bus() -> Option<u8> {
    let folders = fs::read_dir("/sys/class/i2c-dev").ok()?;
    folders.flatten().find_map(|folder| {
        let name = fs::read_to_string(folder.path().join("name")).ok()?;
        let number = folder.file_name().to_str()?.strip_prefix("i2c-")?.parse();
        number.ok().filter(|_| name.starts_with(BUS_NAME))
    })
}

/// The label of the bridge's GPIO chip, once there is one.
pub fn find_gpio_label() -> Option<String> {
    let chips = gpiocdev::chip::chips().ok()?;
    chips.into_iter().find_map(|path| {
        let info = gpiocdev::Chip::from_path(path).and_then(|chip| chip.info());
        let label = info.ok()?.label;
        label.contains("cp2112").then_some(label)
    })
}
