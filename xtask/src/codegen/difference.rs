//! How a committed file differs from the text that it should hold.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// The first line in which the file differs from the text, if it does; a missing file differs.
pub(super) fn difference(path: &Path, text: &str) -> Result<Option<String>> {
    let committed = match fs::read_to_string(path) {
        Ok(committed) => committed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some("  there is no such file".to_owned()));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    if committed == text {
        return Ok(None);
    }
    let (mut old, mut new) = (committed.lines(), text.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (Some(old), Some(new)) if old == new => {}
            (None, None) => break,
            (old, new) => {
                let show = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
                return Ok(Some(format!("  line {number}: - {}\n  line {number}: + {}", show(old), show(new))));
            }
        }
    }
    Ok(Some("  the ends of the lines differ".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_its_first_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("page.md");
        assert_eq!(difference(&path, "a\n").expect("read").as_deref(), Some("  there is no such file"));
        fs::write(&path, "a\nb\n").expect("written");
        assert_eq!(difference(&path, "a\nb\n").expect("read"), None);
        assert_eq!(difference(&path, "a\nc\n").expect("read").as_deref(), Some("  line 2: - b\n  line 2: + c"));
        assert_eq!(difference(&path, "a\n").expect("read").as_deref(), Some("  line 2: - b\n  line 2: + (the end)"));
        assert_eq!(difference(&path, "a\nb").expect("read").as_deref(), Some("  the ends of the lines differ"));
    }
}
