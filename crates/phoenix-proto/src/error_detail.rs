//! How an [`ErrorDetail`] travels: as the only detail of a `google.rpc.Status` in the trailer
//! `grpc-status-details-bin`, which is where clients in every language look for it.
//!
//! Knows no error code: which [`Code`] goes with which is the server's affair.

use prost::Message;
use prost_types::Any;
use tonic::{Code, Status};

use crate::controller::v1::ErrorDetail;

const TYPE_URL: &str = "type.googleapis.com/phoenix.controller.v1.ErrorDetail";

/// Key of the detail that counts those left out.
const OMITTED: &str = "omitted";

// Some clients accept 8 KiB of trailers in all, and report a protocol error of their own when there is more. The
// message travels three times (percent-encoded, in the status and in the detail), details once, and all but the first
// in base64: these limits stay below that.

/// Most bytes of the message.
const MAX_MESSAGE: usize = 640;

/// Most bytes of the details.
const MAX_DETAILS: usize = 2560;

/// Bytes that encoding adds to the key and the value of a detail, at most.
const ENTRY_OVERHEAD: usize = 10;

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

impl ErrorDetail {
    /// A status with the message `[code] message` that carries this detail.
    ///
    /// Trailers have little room: a long message is cut, details that do not fit are left out, and the detail `omitted`
    /// counts these.
    pub fn into_status(mut self, code: Code) -> Status {
        truncate(&mut self.message, MAX_MESSAGE);
        self.fit_details();
        let message = format!("[{}] {}", self.code, self.message);
        let detail = Any { type_url: TYPE_URL.to_owned(), value: self.encode_to_vec() };
        let trailer = RpcStatus { code: code.into(), message: message.clone(), details: vec![detail] };
        Status::with_details(code, message, trailer.encode_to_vec().into())
    }

    /// The detail that a status carries, if it carries one.
    pub fn from_status(status: &Status) -> Option<Self> {
        let status = RpcStatus::decode(status.details()).ok()?;
        let any = status.details.iter().find(|any| any.type_url == TYPE_URL)?;
        Self::decode(any.value.as_slice()).ok()
    }

    fn fit_details(&mut self) {
        let all = self.details.len();
        let mut room = MAX_DETAILS;
        self.details.retain(|key, value| match room.checked_sub(key.len() + value.len() + ENTRY_OVERHEAD) {
            Some(rest) => {
                room = rest;
                true
            }
            None => false,
        });
        let omitted = all - self.details.len();
        if omitted > 0 {
            self.details.insert(OMITTED.to_owned(), omitted.to_string());
        }
    }
}

/// Cuts a text at a character boundary so that it fits, with an ellipsis at its end.
fn truncate(text: &mut String, most: usize) {
    const ELLIPSIS: &str = "...";
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most - ELLIPSIS.len()));
        text.push_str(ELLIPSIS);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn detail(message: &str, details: BTreeMap<String, String>) -> ErrorDetail {
        ErrorDetail { code: "VALIDATION_FAILED".to_owned(), message: message.to_owned(), details }
    }

    #[test]
    fn a_detail_survives_the_trailers() {
        let details = BTreeMap::from([("spec.schedule.duration".to_owned(), "is mandatory".to_owned())]);
        let sent = detail("spec.schedule.duration: is mandatory", details);
        let trailers = sent.clone().into_status(Code::InvalidArgument).into_http::<()>().into_parts().0.headers;
        let received = Status::from_header_map(&trailers).expect("trailers of a status");
        assert_eq!(received.code(), Code::InvalidArgument);
        assert_eq!(received.message(), "[VALIDATION_FAILED] spec.schedule.duration: is mandatory");
        assert_eq!(ErrorDetail::from_status(&received), Some(sent));
    }

    #[test]
    fn a_status_of_somebody_else_carries_no_detail() {
        assert_eq!(ErrorDetail::from_status(&Status::unavailable("proxy")), None);
        assert_eq!(ErrorDetail::from_status(&Status::with_details(Code::Internal, "", vec![0xff].into())), None);
    }

    #[test]
    fn what_is_too_long_for_trailers_is_cut_and_counted() {
        let details = (0..200).map(|n| (format!("spec.field[{n:03}]"), "ü".repeat(40))).collect();
        let status = detail(&"ü".repeat(5000), details).into_status(Code::InvalidArgument);
        assert!(status.message().ends_with("ü..."));
        let received = ErrorDetail::from_status(&status).expect("a detail");
        let omitted: usize = received.details[OMITTED].parse().expect("a number");
        assert_eq!(received.details.len() - 1 + omitted, 200);
        assert!(received.details.contains_key("spec.field[000]"));
        let headers = status.into_http::<()>().into_parts().0.headers;
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        assert!(size < 8192, "{size}");
    }

    #[test]
    fn one_detail_that_is_too_long_is_left_out() {
        let details = BTreeMap::from([("field".to_owned(), "x".repeat(10_000))]);
        let received = ErrorDetail::from_status(&detail("m", details).into_status(Code::Internal)).expect("a detail");
        assert_eq!(received.details, BTreeMap::from([(OMITTED.to_owned(), "1".to_owned())]));
    }
}
