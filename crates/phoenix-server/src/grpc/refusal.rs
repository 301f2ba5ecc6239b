//! Errors as gRPC statuses with an `ErrorDetail`.

use std::error::Error as _;

use phoenix_core::error::Error;
use phoenix_proto::controller::v1::ErrorDetail;
use tonic::{Code, Status};
use tracing::{error, info, warn};

use crate::error::statuses;
use crate::loops::chain;

/// The status of an error. This is the boundary: what caused it is logged here, once, and stays here.
#[expect(clippy::needless_pass_by_value, reason = "an error ends here")]
pub(super) fn refuse(error: Error) -> Status {
    let (_, code) = statuses(error.code());
    let is_failure = code == Code::Internal || error.source().is_some();
    match code {
        Code::Internal | Code::Unavailable if is_failure => {
            error!(code = error.code().as_str(), error = chain(&error), "a call failed");
        }
        Code::Unavailable => {
            info!(code = error.code().as_str(), error = chain(&error), "a call came at the wrong time");
        }
        Code::Unauthenticated | Code::PermissionDenied => {
            warn!(code = error.code().as_str(), "a call was refused");
        }
        // What the caller can put right is the caller's affair.
        _ => {}
    }
    let detail = ErrorDetail {
        code: error.code().as_str().to_owned(),
        message: error.message().to_owned(),
        details: error.details().clone(),
    };
    detail.into_status(code)
}

#[cfg(test)]
mod tests {
    use phoenix_core::error::Code as Stable;

    use super::*;

    #[test]
    fn every_code_travels_with_its_detail_and_without_its_cause() {
        for code in Stable::ALL {
            let error =
                Error::new(code, "what failed").with_detail("key", "value").with_source("the disk's serial number");
            let status = refuse(error);
            assert_eq!(status.code(), statuses(code).1);
            assert_eq!(status.message(), format!("[{code}] what failed"));
            assert!(!format!("{status:?}").contains("serial number"), "{status:?}");
            let detail = ErrorDetail::from_status(&status).expect("a detail");
            assert_eq!((detail.code.as_str(), detail.message.as_str()), (code.as_str(), "what failed"));
            assert_eq!(detail.details.get("key").map(String::as_str), Some("value"));
        }
    }
}
