//! The stream of updates: events behind a cursor, and the progress of named experiments in between.
//!
//! It is pulled by the client's flow control and holds at most one page of events. What changed while a client was slow is told once, as it
//! is now. Nothing runs beside the stream, so a client that goes away leaves nothing behind.

mod feed;
mod named;

use futures::stream::{self, BoxStream};
use phoenix_core::app::Caller;
use phoenix_core::error::{Error, Result};
use phoenix_core::spec::Violation;
use phoenix_proto::controller::v1 as proto;
use tonic::Status;

use crate::api::Api;
use crate::grpc::refusal::refuse;
use crate::grpc::updates::feed::Feed;

/// Most experiments that one stream may name.
const MOST_NAMED: usize = 100;

/// A stream of updates.
pub(super) type Updates = BoxStream<'static, std::result::Result<proto::ExperimentUpdate, Status>>;

/// Begins a stream. What is wrong with the request is said here, before the stream.
pub(super) async fn open(api: Api, caller: Caller, request: proto::StreamUpdatesRequest) -> Result<Updates> {
    let count = request.experiment_ids.len();
    if count > MOST_NAMED {
        let violation = Violation::new("experiment_ids", format!("names {count} experiments"));
        let hint = format!("allowed: at most {MOST_NAMED}; none means every experiment");
        return Err(Error::validation(&[violation.with_hint(hint)]));
    }
    let feed = Feed::open(api, caller, &request.experiment_ids, request.after_cursor).await?;
    let updates = stream::try_unfold(feed, |mut feed| async move {
        let update = feed.next().await.map_err(refuse)?;
        Ok(update.map(|update| (update, feed)))
    });
    Ok(Box::pin(updates))
}
