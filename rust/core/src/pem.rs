//! Files in PEM (RFC 7468), in the encodings that they are met in.

use std::borrow::Cow;

/// Without the mark that Windows PowerShell's cmdlets put before a text, and in UTF-8 where they wrote UTF-16.
pub(crate) fn text(file: &[u8]) -> Cow<'_, [u8]> {
    let decode = |units: &[u8], number: fn([u8; 2]) -> u16| {
        let units = units.chunks_exact(2).map(|unit| number([unit[0], unit[1]]));
        Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into_bytes())
    };
    match file {
        [0xef, 0xbb, 0xbf, text @ ..] => Cow::Borrowed(text),
        [0xff, 0xfe, units @ ..] => decode(units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => decode(units, u16::from_be_bytes),
        text => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_utf_16_are_read() {
        let known = "-----BEGIN \u{1f511}";
        let units = || format!("\u{feff}{known}").encode_utf16().collect::<Vec<_>>();
        let little: Vec<u8> = units().into_iter().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().into_iter().flat_map(u16::to_be_bytes).collect();
        for file in [known.as_bytes(), format!("\u{feff}{known}").as_bytes(), &little, &big] {
            assert_eq!(text(file), known.as_bytes());
        }
    }
}
