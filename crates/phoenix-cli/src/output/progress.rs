//! What is waited for, while it is waited for: one line that is redrawn on a terminal, and now and then a plain line anywhere else.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rustix::termios::tcgetwinsize;
use tokio::time::Instant;

use crate::output::{is_animated, line, note, plain};

/// How often the spinner of a terminal turns.
const TURN: Duration = Duration::from_millis(120);
/// Width where nothing says how wide it is: a log file takes any line, and nobody reads a longer one.
const WIDE: usize = 240;
/// What stands before the line on a terminal: the spinner and a space.
const SPINNER: usize = 2;
/// Longest silence of plain output while nothing new happens.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// What is waited for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Changes when there is news; numbers that grow by themselves are none.
    pub(crate) topic: String,
    /// The whole line.
    pub(crate) text: String,
}

/// Shows progress.
pub(crate) enum Progress {
    /// Redrawn in place.
    Live(ProgressBar),
    /// Line by line.
    Plain(PlainProgress),
    /// Not at all; what stays is said all the same.
    Quiet,
}

/// Progress where nothing can be redrawn: a log file, a pipe, a build server.
pub(crate) struct PlainProgress {
    out: Box<dyn Write>,
    told: Option<(String, Instant)>,
}

impl Progress {
    /// Progress on the standard error.
    pub(crate) fn on_stderr() -> Self {
        if !is_animated() {
            return Self::Plain(PlainProgress::new(Box::new(std::io::stderr())));
        }
        let bar = ProgressBar::new_spinner();
        // Without colours: whether they are wanted need not be asked. The message is cut to the width of the terminal.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TURN);
        Self::Live(bar)
    }

    /// How many characters of a line are seen.
    pub(crate) fn width(&self) -> usize {
        match self {
            // Asked each time: windows change.
            Self::Live(_) => match tcgetwinsize(std::io::stderr()) {
                Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).saturating_sub(SPINNER),
                Ok(_) | Err(_) => WIDE,
            },
            Self::Plain(_) | Self::Quiet => WIDE,
        }
    }

    /// Shows what is waited for.
    pub(crate) fn show(&mut self, waiting: &Waiting) {
        match self {
            Self::Live(bar) => bar.set_message(line(&waiting.text)),
            Self::Plain(plain) => plain.show(waiting),
            Self::Quiet => {}
        }
    }

    /// Says something that stays.
    pub(crate) fn note(&mut self, text: &str) {
        match self {
            Self::Live(bar) => bar.println(plain(text)),
            Self::Plain(progress) => progress.say(&plain(text)),
            Self::Quiet => note(text),
        }
    }

    /// Nothing is waited for any more.
    pub(crate) fn finish(self) {
        if let Self::Live(bar) = self {
            bar.finish_and_clear();
        }
    }
}

impl PlainProgress {
    fn new(out: Box<dyn Write>) -> Self {
        Self { out, told: None }
    }

    fn show(&mut self, waiting: &Waiting) {
        let is_news = match &self.told {
            Some((topic, at)) => *topic != waiting.topic || at.elapsed() >= LONGEST_SILENCE,
            None => true,
        };
        if is_news {
            self.say(&line(&waiting.text));
            self.told = Some((waiting.topic.clone(), Instant::now()));
        }
    }

    fn say(&mut self, text: &str) {
        // Progress is for whoever looks; a broken pipe must not end the work.
        let _ = writeln!(self.out, "{text}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        fn lines(&self) -> Vec<String> {
            let bytes = self.0.lock().expect("not poisoned").clone();
            String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect()
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().map_err(|_| std::io::Error::other("poisoned"))?.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn waiting(topic: &str, text: &str) -> Waiting {
        Waiting { topic: topic.to_owned(), text: text.to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn plain_output_tells_news_at_once_and_repeats_itself_rarely() {
        let sink = Sink::default();
        let mut progress = PlainProgress::new(Box::new(sink.clone()));
        progress.show(&waiting("running", "running: 1 of 9"));
        progress.show(&waiting("running", "running: 2 of 9"));
        assert_eq!(sink.lines(), ["running: 1 of 9"]);
        tokio::time::advance(LONGEST_SILENCE).await;
        progress.show(&waiting("running", "running: 5 of 9"));
        progress.show(&waiting("running", "running: 6 of 9"));
        progress.show(&waiting("analyzing", "analyzing:\u{1b}[2J judging"));
        assert_eq!(sink.lines(), ["running: 1 of 9", "running: 5 of 9", "analyzing:\\u{1b}[2J judging"]);
    }
}
