//! Shows text that comes from data.

use crate::domain::text::is_hidden;

/// How many characters of a text are shown.
const LENGTH: usize = 40;

/// The text in quotes, cut after 40 characters; control characters, and those that turn the direction of writing, are
/// escaped, so that data can't play tricks on a terminal.
#[must_use]
pub fn excerpt(text: &[u8]) -> String {
    let cut = &text[..text.len().min(4 * LENGTH + 4)]; // no character is longer than 4 bytes
    let mut shown = String::with_capacity(LENGTH + 8);
    shown.push('"');
    for (i, character) in String::from_utf8_lossy(cut).chars().enumerate() {
        if i == LENGTH {
            shown.push('…');
            break;
        }
        if is_hidden(character) { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown.push('"');
    shown
}

/// The text without its quotes, for names of columns and parameters.
#[must_use]
pub fn name(text: &str) -> String {
    let shown = excerpt(text.as_bytes());
    shown[1..shown.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_cut_and_escaped() {
        assert_eq!(excerpt(b"abc"), "\"abc\"");
        assert_eq!(excerpt(b"\x1b[31mred\r\n"), "\"\\u{1b}[31mred\\r\\n\"");
        assert_eq!(excerpt("ü".repeat(50).as_bytes()), format!("\"{}…\"", "ü".repeat(40)));
        assert_eq!(excerpt("\u{202e}abc".as_bytes()), "\"\\u{202e}abc\"");
        assert_eq!(excerpt(b"\xff"), "\"\u{fffd}\"");
        assert_eq!(name("a\tb"), "a\\tb");
    }
}
