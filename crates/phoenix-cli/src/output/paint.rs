//! Colours, and whether there are any.

use std::io::IsTerminal as _;

use anstyle::{AnsiColor, Style};

/// What a colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Not decided.
    Open,
    /// Less important.
    Faint,
    /// Nothing in particular.
    Plain,
}

/// Colours a text, or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// No colours.
    pub(crate) const OFF: Self = Self { on: false };
    /// Colours, whatever the output is.
    #[cfg(test)]
    pub(crate) const ON: Self = Self { on: true };

    /// Colours if the standard output is a terminal that wants them (<https://no-color.org>).
    pub(crate) fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { on: std::io::stdout().is_terminal() && !unwanted && !is_dumb() }
    }

    /// The text in the colour of its tone.
    pub(crate) fn text(self, tone: Tone, text: &str) -> String {
        let style = tone.style();
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Open => AnsiColor::Yellow.on_default(),
            Self::Faint => Style::new().dimmed(),
            Self::Plain => Style::new(),
        }
    }
}

/// True when lines on the standard error can be redrawn.
pub(crate) fn is_animated() -> bool {
    std::io::stderr().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_painted_text_ends_with_a_reset_and_an_unpainted_one_is_itself() {
        assert_eq!(Paint::ON.text(Tone::Good, "pass"), "\u{1b}[32mpass\u{1b}[0m");
        assert_eq!(Paint::ON.text(Tone::Plain, "pass"), "pass");
        assert_eq!(Paint::OFF.text(Tone::Bad, "regressed"), "regressed");
    }
}
