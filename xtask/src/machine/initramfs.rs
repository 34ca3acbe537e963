//! The file system that the emulated machine starts with: an archive in the format that the kernel unpacks
//! (`cpio` "newc").

const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const END: &str = "TRAILER!!!";

/// An archive that grows.
#[derive(Default)]
pub struct Initramfs {
    archive: Vec<u8>,
    entries: u32,
}

impl Initramfs {
    /// Adds a folder; its own folder must have been added before.
    pub fn folder(&mut self, path: &str) {
        self.entry(path, FOLDER, &[]);
    }

    /// Adds a file that may be executed.
    pub fn program(&mut self, path: &str, content: &[u8]) {
        self.entry(path, PROGRAM, content);
    }

    /// The archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry(END, 0, &[]);
        self.archive
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let links = 1;
        let (owner, group, time, device, check) = (0, 0, 0, 0, 0);
        let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let name_size = u32::try_from(path.len() + 1).unwrap_or(u32::MAX);
        self.archive.extend(b"070701");
        for field in [
            self.entries,
            mode,
            owner,
            group,
            links,
            time,
            size,
            device,
            device,
            device,
            device,
            name_size,
            check,
        ] {
            self.archive.extend(format!("{field:08X}").bytes());
        }
        self.archive.extend(path.bytes());
        self.archive.push(0);
        self.align();
        self.archive.extend(content);
        self.align();
    }

    fn align(&mut self) {
        let length = self.archive.len().next_multiple_of(4);
        self.archive.resize(length, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::Initramfs;

    #[test]
    fn an_entry_is_a_header_a_name_and_a_content_each_on_a_multiple_of_four() {
        let mut initramfs = Initramfs::default();
        initramfs.program("bin/a", b"12345");
        let archive = initramfs.finish();
        assert_eq!(&archive[..14], b"07070100000001");
        assert_eq!(&archive[14..22], b"000081ED");
        assert_eq!(&archive[54..62], b"00000005", "its size");
        assert_eq!(&archive[110..116], b"bin/a\0");
        assert_eq!(&archive[116..124], b"12345\0\0\0");
        assert_eq!(&archive[124..130], b"070701");
        assert_eq!(&archive[234..245], b"TRAILER!!!\0");
        assert_eq!(archive.len() % 4, 0);
    }
}
