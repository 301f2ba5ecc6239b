//! What goes wrong in SQLite, as failures of the ports: a stable reason, whether it may pass, whether a write may have happened.

use std::path::Path;

use phoenix_core::ports::failure::Failure;
use sqlx::error::DatabaseError as _;
use sqlx::sqlite::SqliteError;

// Primary result codes, <https://www.sqlite.org/rescode.html>.
pub(super) const BUSY: i32 = 5;
pub(super) const LOCKED: i32 = 6;
pub(super) const READ_ONLY: i32 = 8;
pub(super) const INTERRUPTED: i32 = 9;
pub(super) const CORRUPT: i32 = 11;
pub(super) const FULL: i32 = 13;
pub(super) const CONSTRAINT: i32 = 19;
pub(super) const NOT_A_DATABASE: i32 = 26;

/// Reason of the failure that tells of a damaged database.
pub(super) const STORE_CORRUPT: &str = "StoreCorrupt";

/// What went wrong, before it is known for whom.
#[derive(Debug)]
pub(super) enum Fault {
    /// A statement failed; the transaction around it is rolled back.
    Sql(sqlx::Error),
    /// The end of a transaction, or a statement that is one by itself, failed: it may have happened.
    Commit(sqlx::Error),
    /// A row holds what no version of this program writes.
    Corrupt(CorruptRow),
    /// A value has no JSON form.
    Encode(serde_json::Error),
    /// The caller's own mistake.
    Refused(Failure),
}

/// A row that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("row {key:?} of table {table}: column {column}: {problem}")]
pub(super) struct CorruptRow {
    pub(super) table: &'static str,
    pub(super) key: String,
    pub(super) column: &'static str,
    pub(super) problem: String,
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<CorruptRow> for Fault {
    fn from(row: CorruptRow) -> Self {
        Self::Corrupt(row)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Encode(error)
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

/// SQLite's primary result code, if the error is SQLite's.
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.try_downcast_ref::<SqliteError>()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// True when the file is no sound database.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(CORRUPT | NOT_A_DATABASE))
}

impl Fault {
    /// The failure for the caller of a port. `doing` completes "cannot".
    pub(super) fn into_failure(self, database: &Path, doing: &str) -> Failure {
        let database = database.display();
        match self {
            Self::Refused(failure) => failure,
            Self::Sql(error) => sql_failure(error, &database, doing),
            Self::Commit(error) => {
                let is_certain = primary_code(&error).is_some_and(leaves_nothing);
                let failure = sql_failure(error, &database, doing);
                if is_certain { failure } else { failure.outcome_unknown() }
            }
            Self::Corrupt(row) => {
                let text = format!(
                    "cannot {doing}: {row}; restore {database} from a backup, or repair or delete the row with sqlite3"
                );
                Failure::permanent("CorruptRow", text).with_source(row)
            }
            Self::Encode(error) => {
                Failure::permanent("NotStorable", format!("cannot {doing}: {error}")).with_source(error)
            }
        }
    }
}

/// After these, SQLite has certainly not committed.
const fn leaves_nothing(code: i32) -> bool {
    matches!(code, BUSY | LOCKED | READ_ONLY | FULL | CONSTRAINT)
}

fn sql_failure(error: sqlx::Error, database: &std::path::Display<'_>, doing: &str) -> Failure {
    let failure = match (primary_code(&error), &error) {
        (Some(FULL), _) => Failure::transient(
            "StoreFull",
            format!("cannot {doing}: the disk with {database} is full; free space on it, work goes on by itself then"),
        ),
        (Some(READ_ONLY), _) => Failure::transient(
            "StoreReadOnly",
            format!("cannot {doing}: {database} is read-only; make it and its directory writable for this user"),
        ),
        (Some(BUSY | LOCKED), _) => Failure::transient(
            "StoreBusy",
            format!("cannot {doing}: another program holds the lock of {database}; end it"),
        ),
        (Some(CORRUPT | NOT_A_DATABASE), _) => Failure::permanent(
            STORE_CORRUPT,
            format!(
                "cannot {doing}: {database} is damaged ({error}); nothing more is written to it; stop the controller and restore it from a \
                 backup"
            ),
        ),
        (Some(CONSTRAINT), _) => Failure::permanent("StoreConstraint", format!("cannot {doing}: {error}")),
        (None, sqlx::Error::PoolTimedOut) => {
            Failure::transient("StoreBusy", format!("cannot {doing}: {database} is busy; try again"))
        }
        (None, sqlx::Error::PoolClosed) => {
            Failure::permanent("StoreClosed", format!("cannot {doing}: {database} is closed, the controller is ending"))
        }
        (Some(_) | None, _) => Failure::transient("StoreFailed", format!("cannot {doing} in {database}: {error}")),
    };
    failure.with_source(error)
}
