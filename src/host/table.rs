//! Tables as aligned text.

use crate::facts::{Cell, Table};
use crate::text::human_bytes;

/// The table with a heading, its columns aligned; empty without rows.
pub fn plain(table: &Table) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    let heading = table.columns.iter().map(|column| column.title.to_owned()).collect();
    let rows = table.rows.iter().map(|row| row.cells.iter().map(text).collect());
    let lines: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&table.columns).zip(&widths).map(|((cell, column), width)| {
            let pad = " ".repeat(width - cell.chars().count());
            if column.is_numeric { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
        });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

/// A value as people read it, in one line.
pub fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Code(text) => super::controls::one_line(text),
        Cell::Path(path) => super::controls::one_line(&path.display().to_string()),
        Cell::Bytes(bytes) => human_bytes(*bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;
    use crate::facts::{Cell, Column, Row, Show, Table};

    #[test]
    fn columns_are_aligned_numbers_to_the_right() {
        let columns = vec![Column { title: "Path", is_numeric: false }, Column { title: "Size", is_numeric: true }];
        let row = |path: &str, bytes| Row {
            cells: vec![Cell::Path(path.into()), Cell::Bytes(bytes)],
            object: serde_json::Value::Null,
        };
        let mut table = Table {
            show: Show::Result,
            title: String::new(),
            columns,
            rows: vec![row("é\nb", 5), row("longer/path", 12_300)],
        };
        assert_eq!(plain(&table), "Path            Size\né b              5 B\nlonger/path  12.3 kB\n");
        table.rows.clear();
        assert_eq!(plain(&table), "");
    }
}
