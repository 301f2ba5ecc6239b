//! Tables without lines: columns aligned by their contents, three spaces apart.
//!
//! A table is never cut to the width of the terminal: a line that wraps can still be read and copied, a cut one cannot.

use comfy_table::{CellAlignment, Table, presets};

use crate::output::{Paint, Tone, line};

/// How a column stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// One row; its last cell may have a colour.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The contents, one per column.
    pub(crate) cells: Vec<String>,
    /// The colour of the last one.
    pub(crate) tone: Tone,
}

impl Row {
    /// A row without colour.
    pub(crate) fn plain(cells: impl IntoIterator<Item = String>) -> Self {
        Self { cells: cells.into_iter().collect(), tone: Tone::Plain }
    }
}

/// The table, each line behind `indent` spaces.
pub(crate) fn render(indent: u16, columns: &[(&str, Align)], rows: &[Row], paint: Paint) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).force_no_tty();
    table.set_header(columns.iter().map(|(title, _)| *title));
    for row in rows {
        table.add_row(row.cells.iter().map(|cell| line(cell)));
    }
    for (index, (_, align)) in columns.iter().enumerate() {
        if let Some(column) = table.column_mut(index) {
            column.set_padding((if index == 0 { indent } else { 3 }, 0));
            column.set_cell_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }
    }
    let lines = table.lines().enumerate().map(|(index, text)| {
        let text = text.trim_end();
        // The first line is the header.
        let row = index.checked_sub(1).and_then(|index| rows.get(index));
        let last = row.and_then(|row| Some((row.tone, line(row.cells.last()?))));
        // Painted behind the layout, so that colours cannot count as width.
        match last.and_then(|(tone, last)| Some((tone, text.strip_suffix(last.as_str())?, last))) {
            Some((tone, front, last)) => format!("{front}{}", paint.text(tone, &last)),
            None => text.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [(&str, Align); 3] = [("name", Align::Left), ("value", Align::Right), ("outcome", Align::Left)];

    fn rows() -> Vec<Row> {
        vec![
            Row { cells: vec!["a".to_owned(), "1 234".to_owned(), "pass".to_owned()], tone: Tone::Good },
            Row::plain(["longer name".to_owned(), "5".to_owned(), String::new()]),
        ]
    }

    #[test]
    fn columns_stand_by_their_contents() {
        let expected = "  name          value   outcome\n  a             1 234   pass\n  longer name       5";
        assert_eq!(render(2, &COLUMNS, &rows(), Paint::OFF), expected);
    }

    #[test]
    fn colours_change_no_width() {
        let painted = render(2, &COLUMNS, &rows(), Paint::ON);
        assert_eq!(
            painted.replace("\u{1b}[32m", "").replace("\u{1b}[0m", ""),
            render(2, &COLUMNS, &rows(), Paint::OFF)
        );
        assert!(painted.contains("\u{1b}[32mpass\u{1b}[0m"));
    }

    #[test]
    fn a_cell_is_one_line_and_obeys_nobody() {
        let rows = [Row::plain(["a\nb".to_owned(), "\u{1b}[2J".to_owned(), "x".to_owned()])];
        assert_eq!(render(0, &COLUMNS, &rows, Paint::OFF).lines().nth(1), Some("a b    \\u{1b}[2J   x"));
    }
}
