//! Text that is safe and pleasant to read.

pub use crate::domain::format::{counted, grouped};
use crate::domain::text::{columns, visible};

/// Wraps `text` in the escape codes of a colour where colours are welcome.
#[must_use]
pub fn paint(text: &str, code: &str, welcome: bool) -> String {
    if welcome { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// A word of a command that can be pasted into a shell: in quotes where it needs them.
#[must_use]
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", visible(word).replace('\'', r"'\''"))
    }
}

/// The same for the path of a file, which is not taken for a flag where it starts with a hyphen.
#[must_use]
pub fn shell_path(path: &std::path::Path) -> String {
    let path = path.to_string_lossy();
    if path.starts_with('-') { shell_word(&format!("./{path}")) } else { shell_word(&path) }
}

/// Text broken into lines, between words, where it would not fit a terminal of this width; further lines are indented.
#[must_use]
pub fn wrapped(text: &str, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| *width >= 20 && columns(text) > *width) else { return text.to_owned() };
    let mut result = String::new();
    let mut at = 0;
    for word in text.split(' ') {
        let room = columns(word);
        if at > 0 && at + 1 + room > width {
            result.push_str("\n  ");
            at = 2;
        } else if !result.is_empty() {
            result.push(' ');
            at += 1;
        }
        result.push_str(word);
        at += room;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let text = "12 measurements of 1 series; 3 incidents";
        assert_eq!(wrapped(text, Some(24)), "12 measurements of 1\n  series; 3 incidents");
        assert_eq!(wrapped(text, Some(40)), text);
        assert_eq!(wrapped(text, None), text);
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        let all = [0, 999, 1000, 123_456, 1_234_567].map(grouped);
        assert_eq!(all, ["0", "999", "1,000", "123,456", "1,234,567"]);
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(counted(0, "file"), "0 files");
    }

    #[test]
    fn shell_words_are_quoted_where_they_must_be() {
        let words = ["a/b.csv", "my file.csv", "it's", "--top", "-", ""].map(shell_word);
        assert_eq!(words, ["a/b.csv", "'my file.csv'", r"'it'\''s'", "--top", "-", "''"]);
        assert_eq!(shell_path("-rf".as_ref()), "./-rf");
    }
}
