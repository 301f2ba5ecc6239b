//! The Prometheus text exposition format, version 0.0.4, and what newer versions may add to a line: quoted names, exemplars.
//!
//! Our own, because no crate is fit for pages of processes: those that are published split label sets at every comma, equals sign and
//! closing brace (command lines are full of all three) or are not licensed for us. A page with a line that cannot be read is refused as a
//! whole: a series that is silently left out would look like a saving.
//!
//! Knows nothing of what names and labels mean.

use std::borrow::Cow;

/// Names and values of labels, unescaped.
type Labels<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// One line that holds a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series<'a> {
    pub(crate) name: Cow<'a, str>,
    labels: Labels<'a>,
    /// May be infinite or not a number.
    pub(crate) value: f64,
}

impl Series<'_> {
    /// The value of a label; an absent label and an empty one are the same in this format.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(key, _)| key == name).map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }
}

/// A page that is not in the format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// A line cannot be read. The line itself is not repeated: command lines may hold secrets.
    #[error("line {line}: {problem}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What was found, or missed.
        problem: &'static str,
    },
    /// The last line has no end.
    #[error("it breaks off in line {line}")]
    Truncated {
        /// Its number, from 1.
        line: usize,
    },
}

/// Every series of a page, in order, until one cannot be read.
pub(crate) fn series(page: &str) -> impl Iterator<Item = Result<Series<'_>, Malformed>> {
    let mut line = 0;
    page.split_inclusive('\n').filter_map(move |text| {
        line += 1;
        let Some(text) = text.strip_suffix('\n') else {
            return Some(Err(Malformed::Truncated { line }));
        };
        let text = text.strip_suffix('\r').unwrap_or(text);
        one(text).map_err(|problem| Malformed::Line { line, problem }).transpose()
    })
}

/// The series of a line; none when it is empty or a comment.
fn one(line: &str) -> Result<Option<Series<'_>>, &'static str> {
    let mut rest = Cursor(line.trim_matches(BLANK));
    if rest.0.is_empty() || rest.0.starts_with('#') {
        return Ok(None);
    }
    let mut name = rest.word(is_name).map(Cow::Borrowed);
    let mut labels = Vec::new();
    rest.skip_blanks();
    if rest.take('{') {
        labels = rest.labels(&mut name)?;
    }
    let name = name.ok_or("a series has no name")?;
    rest.skip_blanks();
    let value = rest.number().ok_or("a series has no value")?.parse().map_err(|_| "the value is not a number")?;
    rest.skip_blanks();
    if !rest.0.starts_with('#')
        && let Some(timestamp) = rest.number()
    {
        timestamp.parse::<f64>().map_err(|_| "the timestamp is not a number")?;
        rest.skip_blanks();
    }
    // An exemplar says nothing about the series itself.
    if rest.0.is_empty() || rest.0.starts_with('#') {
        Ok(Some(Series { name, labels, value }))
    } else {
        Err("something follows the timestamp")
    }
}

const BLANK: [char; 2] = [' ', '\t'];

/// What a name consists of; only metrics have colons, which is not worth telling them apart.
const fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | ':')
}

/// What is left of a line.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches(BLANK);
    }

    fn take(&mut self, wanted: char) -> bool {
        self.0.strip_prefix(wanted).inspect(|rest| self.0 = rest).is_some()
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.0.find(|character| !belongs(character)).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        // No name begins with a digit.
        (!word.is_empty() && !word.starts_with(|first: char| first.is_ascii_digit())).then_some(word)
    }

    fn number(&mut self) -> Option<&'a str> {
        let end = self.0.find(BLANK).unwrap_or(self.0.len());
        let (number, rest) = self.0.split_at(end);
        self.0 = rest;
        (!number.is_empty()).then_some(number)
    }

    /// The labels up to the closing brace. A quoted text without a value is the name of the series, if that has none yet.
    fn labels(&mut self, name: &mut Option<Cow<'a, str>>) -> Result<Labels<'a>, &'static str> {
        let mut labels = Vec::new();
        loop {
            self.skip_blanks();
            if self.take('}') {
                return Ok(labels);
            }
            let is_quoted = self.0.starts_with('"');
            let key = if is_quoted {
                self.quoted()?
            } else {
                Cow::Borrowed(self.word(is_name).ok_or("a label has no name")?)
            };
            self.skip_blanks();
            if self.take('=') {
                self.skip_blanks();
                labels.push((key, self.quoted()?));
            } else if is_quoted && name.is_none() {
                *name = Some(key);
            } else {
                return Err("a label has no value");
            }
            self.skip_blanks();
            if !self.take(',') && !self.0.starts_with('}') {
                return Err("labels are not separated by a comma");
            }
        }
    }

    /// A text in quotation marks, in which a backslash escapes itself, a quotation mark and `n`.
    fn quoted(&mut self) -> Result<Cow<'a, str>, &'static str> {
        if !self.take('"') {
            return Err("a label's value is not in quotation marks");
        }
        let mut text = Cow::Borrowed("");
        loop {
            let end = self.0.find(['"', '\\']).ok_or("a quotation mark is not closed")?;
            let (plain, rest) = self.0.split_at(end);
            append(&mut text, plain);
            if let Some(rest) = rest.strip_prefix('"') {
                self.0 = rest;
                return Ok(text);
            }
            let mut escape = rest.chars();
            // The backslash itself.
            escape.next();
            match escape.next() {
                Some('n') => text.to_mut().push('\n'),
                Some(character @ ('"' | '\\')) => text.to_mut().push(character),
                // Prometheus reads an unknown escape as it stands.
                Some(character) => text.to_mut().extend(['\\', character]),
                None => return Err("a quotation mark is not closed"),
            }
            self.0 = escape.as_str();
        }
    }
}

fn append<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else {
        text.to_mut().push_str(more);
    }
}

#[cfg(test)]
mod tests;
