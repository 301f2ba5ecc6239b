//! A page of a list that fits into one message.

use phoenix_core::experiment::Experiment;
use phoenix_core::ports::store::{Page, PageKey};
use phoenix_proto::controller::v1 as proto;
use prost::Message as _;

/// Most bytes of experiments in one answer. Clients accept 4 MiB unless they say otherwise.
const MOST_BYTES: usize = 3 << 20;

/// The page as a message. What does not fit begins the next page; one experiment always fits.
pub(super) fn response(
    page: Page<Experiment>,
    show: impl Fn(&Experiment) -> proto::Experiment,
) -> proto::ListExperimentsResponse {
    fitting(page, MOST_BYTES, show)
}

fn fitting(
    page: Page<Experiment>,
    room: usize,
    show: impl Fn(&Experiment) -> proto::Experiment,
) -> proto::ListExperimentsResponse {
    let mut bytes = 0;
    let mut experiments: Vec<proto::Experiment> = Vec::with_capacity(page.items.len());
    let mut last = None;
    for item in &page.items {
        let shown = show(item);
        bytes += shown.encoded_len();
        if bytes > room && !experiments.is_empty() {
            let next_page_token = last.map(|last: &Experiment| PageKey::of(last).to_string()).unwrap_or_default();
            return proto::ListExperimentsResponse { experiments, next_page_token };
        }
        experiments.push(shown);
        last = Some(item);
    }
    proto::ListExperimentsResponse { experiments, next_page_token: page.next.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use phoenix_core::testing::build::experiment;

    use super::*;

    fn page() -> Page<Experiment> {
        let items = ["a", "b", "c"].map(|id| experiment(id, id)).into();
        Page { items, next: Some("the store's token".to_owned()) }
    }

    fn show(experiment: &Experiment) -> proto::Experiment {
        proto::Experiment { id: experiment.id.to_string(), name: "x".repeat(100), ..Default::default() }
    }

    fn ids(response: &proto::ListExperimentsResponse) -> Vec<&str> {
        response.experiments.iter().map(|experiment| experiment.id.as_str()).collect()
    }

    #[test]
    fn a_page_that_fits_is_whole() {
        let response = fitting(page(), 10_000, show);
        assert_eq!((ids(&response), response.next_page_token.as_str()), (vec!["a", "b", "c"], "the store's token"));
    }

    #[test]
    fn what_does_not_fit_begins_the_next_page() {
        let response = fitting(page(), 250, show);
        assert_eq!(ids(&response), ["a", "b"]);
        assert_eq!(response.next_page_token, PageKey::of(&experiment("b", "b")).to_string());
        assert_eq!(ids(&fitting(page(), 1, show)), ["a"], "one always goes");
    }
}
