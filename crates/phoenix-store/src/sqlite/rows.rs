//! Rows to values and back. Whatever a row holds, reading it ends in a value or in an error that names row and column.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use phoenix_core::experiment::Experiment;
use phoenix_core::time::{Span, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Sqlite, Type};

use crate::sqlite::errors::CorruptRow;

/// The columns that [`experiment`] reads, of `experiments AS e`.
macro_rules! experiment_columns {
    () => {
        "e.id, e.name, e.phase, e.config, e.status, e.metadata, e.created_at, e.updated_at, e.tenant, e.revision"
    };
}
pub(super) use experiment_columns;

/// The `metadata` column of an experiment.
#[derive(Serialize, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
}

/// A row and where it is, for errors.
pub(super) struct Reader<'r> {
    row: &'r SqliteRow,
    table: &'static str,
    key_column: &'static str,
}

impl<'r> Reader<'r> {
    /// Reads a row of `table`, which its `key_column` identifies.
    pub(super) const fn new(row: &'r SqliteRow, table: &'static str, key_column: &'static str) -> Self {
        Self { row, table, key_column }
    }

    fn corrupt(&self, column: &'static str, problem: &dyn Display) -> CorruptRow {
        let key = self
            .row
            .try_get::<String, _>(self.key_column)
            .or_else(|_| self.row.try_get::<i64, _>(self.key_column).map(|key| key.to_string()))
            .unwrap_or_default();
        CorruptRow { table: self.table, key, column, problem: problem.to_string() }
    }

    /// The column's value.
    pub(super) fn get<T>(&self, column: &'static str) -> Result<T, CorruptRow>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row.try_get(column).map_err(|error| self.corrupt(column, &error))
    }

    /// The value behind the column's text.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<T, CorruptRow> {
        self.get::<&str>(column)?.parse().map_err(|error| self.corrupt(column, &error))
    }

    /// The value behind the column's JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, CorruptRow> {
        serde_json::from_str(self.get(column)?).map_err(|error| self.corrupt(column, &error))
    }

    /// The value behind the column's JSON, if there is any.
    pub(super) fn optional_json<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, CorruptRow> {
        self.get::<Option<&str>>(column)?
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| self.corrupt(column, &error))
    }

    /// The value of an enumeration whose JSON form is the column's text.
    pub(super) fn word<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, CorruptRow> {
        let word = serde_json::Value::String(self.get(column)?);
        serde_json::from_value(word).map_err(|error| self.corrupt(column, &error))
    }

    /// The column's instant.
    pub(super) fn instant(&self, column: &'static str) -> Result<Timestamp, CorruptRow> {
        self.get(column).map(Timestamp::from_micros)
    }

    /// The column's number, which is never negative.
    pub(super) fn number<T: TryFrom<i64, Error: Display>>(&self, column: &'static str) -> Result<T, CorruptRow> {
        T::try_from(self.get::<i64>(column)?).map_err(|error| self.corrupt(column, &error))
    }

    /// The column's length of time.
    pub(super) fn span(&self, column: &'static str) -> Result<Span, CorruptRow> {
        self.number(column).map(Span::from_micros)
    }
}

/// An experiment from `experiment_columns!`.
pub(super) fn experiment(row: &SqliteRow) -> Result<Experiment, CorruptRow> {
    let row = Reader::new(row, "experiments", "id");
    Ok(Experiment {
        id: row.parsed("id")?,
        tenant: row.parsed("tenant")?,
        name: row.parsed("name")?,
        labels: row.optional_json::<Metadata>("metadata")?.map(|metadata| metadata.labels).unwrap_or_default(),
        spec: row.json("config")?,
        state: row.parsed("phase")?,
        status: row.json("status")?,
        revision: phoenix_core::id::Revision(row.number("revision")?),
        created_at: row.instant("created_at")?,
        updated_at: row.instant("updated_at")?,
    })
}

/// A number as SQLite keeps it. What does not fit never occurs: counters begin at zero and count decisions, spans are at most years.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A span as SQLite keeps it.
pub(super) fn micros(span: Span) -> i64 {
    integer(span.as_micros())
}

/// The name that is taken as long as the experiment has not ended.
pub(super) fn active_name(experiment: &Experiment) -> Option<&str> {
    (!experiment.state.is_terminal()).then(|| experiment.name.as_str())
}
