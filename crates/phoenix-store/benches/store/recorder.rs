//! Which statements the driver runs, in order, as it reports them itself. So the replay through the bare driver is checked against what the
//! store really does, and cannot fall behind it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

static IS_RECORDING: AtomicBool = AtomicBool::new(false);
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Hears what the driver tells of each statement, while it is asked to.
struct Recorder;

impl Subscriber for Recorder {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query" && IS_RECORDING.load(Ordering::Relaxed)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        // The driver tells a short statement in its summary alone.
        let text = if statement.text.is_empty() { statement.summary } else { statement.text };
        STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).push(plain(&text));
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Statement {
    summary: String,
    text: String,
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.text),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Listens from now on.
pub(crate) fn begin() {
    // There may be one already, which is this one.
    let _ = tracing::subscriber::set_global_default(Recorder);
    STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).clear();
    IS_RECORDING.store(true, Ordering::Relaxed);
}

/// Listens no more, and answers with the statements since the beginning.
pub(crate) fn end() -> Vec<String> {
    IS_RECORDING.store(false, Ordering::Relaxed);
    std::mem::take(&mut *STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A statement without its line breaks.
pub(crate) fn plain(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}
