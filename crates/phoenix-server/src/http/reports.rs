//! The report of an experiment, and its run over time.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State as Shared};
use axum::http::HeaderMap;
use phoenix_core::analysis::OverTime;
use phoenix_core::app::{Include, Report, STEPS};
use phoenix_core::error::Error;
use phoenix_core::spec::Violation;
use serde::Deserialize;

use crate::api::Api;
use crate::auth::Permission;
use crate::http::access::authorize;
use crate::http::experiments::known;
use crate::http::problem::Problem;

/// Fewest and most steps of a run over time.
const FEWEST_STEPS: usize = 2;
const MOST_STEPS: usize = 2_000;

/// Query of a report.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReportQuery {
    /// Parts besides the experiment, the comparison and the savings, separated by commas.
    include: Option<String>,
}

/// Query of a run over time.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SeriesQuery {
    /// Most steps to fold the run into.
    steps: Option<usize>,
}

/// `GET …/{id}/report`: `{experiment, comparison, savings}`, and the parts that `include` names: `series`, `configurations`, `events`.
pub(super) async fn report(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Result<Query<ReportQuery>, QueryRejection>,
) -> Result<Json<Report>, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsRead)?;
    let query = known(query, "include (series, configurations and events, separated by commas)")?;
    let include = include(query.include.as_deref().unwrap_or(""))?;
    // Samples are read by whoever may read them elsewhere.
    if include.series {
        authorize(&api, &headers, Permission::MetricsRead)?;
    }
    Ok(Json(api.queries.report_with(&caller, &id, include).await?))
}

fn include(words: &str) -> Result<Include, Error> {
    let mut include = Include::default();
    for word in words.split(',').filter(|word| !word.is_empty()) {
        match word {
            "series" => include.series = true,
            "configurations" => include.configurations = true,
            "events" => include.events = true,
            _ => {
                let violation = Violation::new("include", format!("{word:?} is no part of a report"));
                let hint = "allowed are series, configurations and events, separated by commas";
                return Err(Error::validation(&[violation.with_hint(hint)]));
            }
        }
    }
    Ok(include)
}

/// `GET …/{id}/series`: the run over time in at most `steps` steps (300 by default); `null` before it has begun.
pub(super) async fn series(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Result<Query<SeriesQuery>, QueryRejection>,
) -> Result<Json<Option<OverTime>>, Problem> {
    let caller = authorize(&api, &headers, Permission::MetricsRead)?;
    let query = known(query, "steps (2 to 2000)")?;
    let steps = query.steps.unwrap_or(STEPS);
    if !(FEWEST_STEPS..=MOST_STEPS).contains(&steps) {
        let violation = Violation::new("steps", format!("{steps} is out of range"));
        let hint = format!("allowed: {FEWEST_STEPS} to {MOST_STEPS}");
        return Err(Error::validation(&[violation.with_hint(hint)]).into());
    }
    Ok(Json(api.queries.series(&caller, &id, steps).await?))
}
