//! Texts that are kept encrypted. The key lies in memory of its own, which the system leaves out of its dumps where it can do that (Linux:
//! `MADV_DONTDUMP`, madvise(2)). A dump that is taken in another way holds key and texts, but no text that could be read in it.

use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::MmapMut;
use once_cell::sync::Lazy;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};

const KEY_LENGTH: usize = 32;

static KEY: Lazy<Key> = Lazy::new(Key::new);
static NEXT: AtomicU64 = AtomicU64::new(0);

/// One for the process, from the system's randomness.
enum Key {
    OwnPage(MmapMut),
    /// The system gives no page.
    Heap([u8; KEY_LENGTH]),
}

impl Key {
    fn new() -> Self {
        let mut key = match MmapMut::map_anon(KEY_LENGTH) {
            Ok(page) => {
                // Before anything is in it. If it is refused, dumps hold the key, as they do on other systems.
                #[cfg(target_os = "linux")]
                let _ = page.advise(memmap2::Advice::DontDump);
                Self::OwnPage(page)
            }
            Err(_) => Self::Heap([0; KEY_LENGTH]),
        };
        let bytes = match &mut key {
            Self::OwnPage(page) => &mut page[..KEY_LENGTH],
            Self::Heap(bytes) => bytes,
        };
        // A system without randomness makes no connection either, and a text under any key cannot be read in a dump.
        let _ = SystemRandom::new().fill(bytes);
        key
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::OwnPage(page) => &page[..KEY_LENGTH],
            Self::Heap(bytes) => bytes,
        }
    }
}

fn key() -> Result<LessSafeKey, Unspecified> {
    UnboundKey::new(&AES_256_GCM, KEY.bytes()).map(LessSafeKey::new)
}

/// An encrypted text.
pub(super) struct Sealed {
    number: u64,
    bytes: Vec<u8>,
}

impl Sealed {
    pub(super) fn new(text: &str) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // With room for the tag, so that nothing is moved while it can be read.
        let mut bytes = Vec::with_capacity(text.len() + AES_256_GCM.tag_len());
        bytes.extend_from_slice(text.as_bytes());
        let sealed = key().and_then(|key| key.seal_in_place_append_tag(nonce(number), Aad::empty(), &mut bytes));
        debug_assert!(sealed.is_ok(), "the key has its length, and a text is far shorter than what AES-GCM takes");
        Self { number, bytes }
    }

    pub(super) fn open(&self) -> String {
        let mut bytes = self.bytes.clone();
        let length = key().and_then(|key| key.open_in_place(nonce(self.number), Aad::empty(), &mut bytes).map(|text| text.len()));
        debug_assert!(length.is_ok(), "it was sealed with this key");
        bytes.truncate(length.unwrap_or_default());
        String::from_utf8(bytes).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() <= AES_256_GCM.tag_len()
    }
}

/// A key must never meet the same nonce twice.
fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_cannot_be_read() {
        let text = "a token that is as long as it is";
        let (first, second) = (Sealed::new(text), Sealed::new(text));
        assert_eq!((first.open().as_str(), second.open().as_str()), (text, text));
        assert!(first.bytes != second.bytes && !first.bytes.windows(4).any(|part| text.as_bytes().windows(4).any(|known| part == known)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_key_stays_out_of_dumps() {
        let address = KEY.bytes().as_ptr().addr();
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut lines = maps.lines();
        let holds = |line: &str| {
            let (first, last) = line.split(' ').next()?.split_once('-')?;
            Some((usize::from_str_radix(first, 16).ok()?..usize::from_str_radix(last, 16).ok()?).contains(&address))
        };
        lines.find(|line| holds(line) == Some(true)).unwrap();
        let flags = lines.find(|line| line.starts_with("VmFlags:")).unwrap();
        // proc(5): "dd", do not include the area in a core dump.
        assert!(flags.split(' ').any(|flag| flag == "dd"), "{flags}");
    }
}
