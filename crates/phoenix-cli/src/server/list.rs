//! Lists of experiments, page by page.

use phoenix_core::experiment::Experiment;
use reqwest::Method;
use serde::Deserialize;

use crate::server::{RequestError, Server, path_segment};

/// Most experiments that a server hands out at once.
const LARGEST_PAGE: usize = 500;

/// What a list holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter<'a> {
    /// Only these states; empty: all.
    pub(crate) states: Vec<&'a str>,
    /// Only experiments with all of these labels.
    pub(crate) labels: Vec<(&'a str, &'a str)>,
}

/// A list, as far as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// The experiments, newest first.
    pub(crate) experiments: Vec<Experiment>,
    /// True when there are more of them.
    pub(crate) has_more: bool,
}

/// A page of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    items: Vec<Experiment>,
    next_page_token: Option<String>,
}

impl Server {
    /// The newest experiments, at most `limit` of them where there is one.
    pub(crate) async fn list(&self, filter: &Filter<'_>, limit: Option<u32>) -> Result<Listed, RequestError> {
        let mut listed = Listed { experiments: Vec::new(), has_more: false };
        let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut token: Option<String> = None;
        loop {
            let rest = limit.map_or(LARGEST_PAGE, |limit| limit.saturating_sub(listed.experiments.len()));
            let path = filter.page(rest.clamp(1, LARGEST_PAGE), token.as_deref());
            let page: Page = self.ask(Method::GET, &path, None).await?;
            listed.experiments.extend(page.items);
            token = page.next_page_token;
            let is_enough = limit.is_some_and(|limit| listed.experiments.len() >= limit);
            if token.is_none() || is_enough {
                listed.has_more = token.is_some();
                return Ok(listed);
            }
        }
    }
}

impl Filter<'_> {
    /// The path of a page.
    fn page(&self, size: usize, token: Option<&str>) -> String {
        let mut path = format!("/experiments?pageSize={size}&state={}", self.states.join(","));
        if !self.labels.is_empty() {
            let labels: Vec<String> = self.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            path.push_str("&labels=");
            path.push_str(&path_segment(&labels.join(",")));
        }
        if let Some(token) = token {
            path.push_str("&pageToken=");
            path.push_str(&path_segment(token));
        }
        path
    }
}
