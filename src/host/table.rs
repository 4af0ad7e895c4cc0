//! Tables as aligned text.

use crate::facts::{Cell, Table};
use crate::text::human_bytes;

/// The table with a heading, its columns aligned and those without a value left out; empty without rows.
pub fn plain(table: &Table) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.cells.iter().map(text).collect()).collect();
    let is_used = |at: &usize| rows.iter().any(|row| !row[*at].is_empty());
    let used: Vec<usize> = (0..table.columns.len()).filter(is_used).collect();
    let heading = table.columns.iter().map(|column| column.title.to_owned()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = used.iter().map(|at| {
            let cell = &cells[*at];
            let pad = " ".repeat(widths[*at] - cell.chars().count());
            if table.columns[*at].is_numeric { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
        });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

/// A value as people read it, in one line.
pub fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Code(text) => crate::text::one_line(text),
        Cell::Path(path) => crate::text::one_line(&path.display().to_string()),
        Cell::Bytes(bytes) => human_bytes(*bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;
    use crate::facts::{Cell, Column, Row, Show, Table};

    #[test]
    fn columns_are_aligned_numbers_to_the_right_and_empty_ones_left_out() {
        let column = |title, is_numeric| Column { title, is_numeric };
        let columns = vec![column("Path", false), column("Unused", false), column("Size", true)];
        let row = |path: &str, bytes| Row {
            cells: vec![Cell::Path(path.into()), Cell::Text(String::new()), Cell::Bytes(bytes)],
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
