//! Text from data, made harmless: for terminals, and for programs that open CSV files.

/// Text from data as a field of a CSV file: quoted where it must be, and never taken for a formula by a spreadsheet.
#[must_use]
pub fn csv_field(text: &str) -> String {
    let text =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Text from data for a terminal: control characters, and those that change the direction of writing, are escaped.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { result.extend(c.escape_default()) } else { result.push(c) }
    }
    result
}

/// Whether a character is not seen, or changes how others are: control characters, those that have no width, and those
/// that turn the direction of writing.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let unseen = matches!(c, '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    c.is_control() || turns || unseen
}

/// How many columns of a terminal a text takes: none for combining marks, two for the wide characters of East Asia and
/// for pictures (Unicode Standard Annex #11, by blocks rather than by character).
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// How many columns of a terminal a character takes.
#[must_use]
pub fn columns_of(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' => 2,
        '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_data_does_no_harm() {
        assert_eq!(csv_field("=cmd()"), "'=cmd()");
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(visible("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert_eq!(visible("a\u{200b}b\u{feff}\n"), "a\\u{200b}b\\u{feff}\\n");
    }

    #[test]
    fn wide_characters_take_two_columns_and_marks_none() {
        assert_eq!(["cpu", "温度", "e\u{301}", "🔥x"].map(columns), [3, 4, 1, 3]);
    }
}
