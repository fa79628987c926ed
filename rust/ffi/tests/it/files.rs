//! Files of the repository that are made from the Rust types.

use std::fs;
use std::path::{Path, PathBuf};

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

pub fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

/// Compares a file with what it should be; with `PIM_BLESS=1` in the environment it is written instead.
pub fn expect(path: &str, wanted: &str) {
    if std::env::var_os("PIM_BLESS").is_some_and(|value| value == "1") {
        let path = repository().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, wanted).unwrap();
        return;
    }
    let found = fs::read_to_string(repository().join(path)).unwrap_or_default().replace("\r\n", "\n");
    let line = found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted).count();
    assert!(
        found == wanted,
        "{path} is not up to date from line {} on (`PIM_BLESS=1 cargo test -p pim-ffi` writes it):\nhas  {:?}\nwant {:?}",
        line + 1,
        found.lines().nth(line),
        wanted.lines().nth(line)
    );
}
