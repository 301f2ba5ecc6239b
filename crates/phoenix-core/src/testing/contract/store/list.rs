//! Lists in pages.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::error::Retry;
use crate::experiment::{Experiment, State};
use crate::ports::store::{ExperimentStore, Filter, Page};
use crate::testing::build::{at, experiment};
use crate::testing::contract::store::{StoreFixture, StorePorts, brought_to, created, store_new, tenant};

async fn page(store: &impl StorePorts, filter: &Filter, limit: u32, after: Option<&str>) -> Page<Experiment> {
    store.list(filter, limit, after).await.expect("lists")
}

fn ids(items: &[Experiment]) -> Vec<&str> {
    items.iter().map(|one| one.id.as_str()).collect()
}

async fn created_at(store: &impl StorePorts, id: &str, secs: i64) {
    let mut new = experiment(id, id);
    new.created_at = at(secs);
    store_new(store, new, None).await;
}

/// By creation, then by id.
pub async fn lists_are_newest_first<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    assert_eq!(page(store, &Filter::default(), 10, None).await, Page { items: Vec::new(), next: None });
    for (id, secs) in [("b", 10), ("d", 20), ("a", 10), ("c", 5)] {
        created_at(store, id, secs).await;
    }
    let all = page(store, &Filter::default(), 10, None).await;
    assert_eq!(ids(&all.items), ["d", "b", "a", "c"]);
}

/// Newcomers between two pages neither repeat nor hide anything; many items of one instant do not matter.
pub async fn pages_hold_everything_once_while_others_are_created<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for number in 0..25_i64 {
        created_at(store, &format!("e{number:02}"), number / 10).await;
    }
    let expected = ids(&page(store, &Filter::default(), 100, None).await.items).join(" ");
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    for number in 0_i64.. {
        let page = page(store, &Filter::default(), 4, after.as_deref()).await;
        seen.extend(page.items);
        created_at(store, &format!("newcomer-{number}"), 100 + number).await;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(ids(&seen).join(" "), expected);
}

/// Also when the last page is full.
pub async fn the_last_page_has_no_successor<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for id in ["a", "b", "c", "d"] {
        created(store, id, None).await;
    }
    let first = page(store, &Filter::default(), 2, None).await;
    let second = page(store, &Filter::default(), 2, first.next.as_deref()).await;
    assert!(first.next.is_some());
    assert_eq!((second.items.len(), second.next), (2, None));
}

/// A limit of nothing would never end.
pub async fn a_page_holds_at_least_one<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "a", None).await;
    created(store, "b", None).await;
    let first = page(store, &Filter::default(), 0, None).await;
    assert_eq!(ids(&first.items), ["b"]);
    assert!(first.next.is_some());
}

/// Several states, in one order; pages are of what was asked for.
pub async fn lists_are_filtered_by_state<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for (id, state) in [
        ("a", State::Running),
        ("b", State::Pending),
        ("c", State::Failed),
        ("d", State::Running),
        ("e", State::Failed),
    ] {
        brought_to(store, created(store, id, None).await, state, 1).await;
    }
    let filter = Filter { states: vec![State::Running, State::Failed], ..Filter::default() };
    let first = page(store, &filter, 3, None).await;
    assert_eq!(ids(&first.items), ["e", "d", "c"]);
    let second = page(store, &filter, 3, first.next.as_deref()).await;
    assert_eq!((ids(&second.items), second.next.as_deref()), (vec!["a"], None));
}

/// A tenant sees its own.
pub async fn lists_are_filtered_by_tenant<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for (id, owner) in [("a", "ours"), ("b", "theirs"), ("c", "ours")] {
        let mut new = experiment(id, id);
        new.tenant = tenant(owner);
        store_new(store, new, None).await;
    }
    let filter = Filter { tenant: Some(tenant("ours")), ..Filter::default() };
    assert_eq!(ids(&page(store, &filter, 10, None).await.items), ["c", "a"]);
    let filter = Filter { states: vec![State::Running], tenant: Some(tenant("ours")), ..Filter::default() };
    assert_eq!(page(store, &filter, 10, None).await.items, []);
}

/// A token that no page handed out can only be a mistake of the client.
pub async fn an_unreadable_page_token_is_refused<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for token in ["", "nonsense", "12", "12.", ".a", "x.a", "12.A B", "'; DROP TABLE experiments; --"] {
        let failure = store.list(&Filter::default(), 10, Some(token)).await.expect_err(token);
        assert_eq!((failure.reason(), failure.retry()), ("InvalidPageToken", Retry::Never), "{token}");
    }
}

/// All labels of the filter, with exactly these values; across pages and tenants.
pub async fn lists_can_be_narrowed_by_labels<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let labelled = |id: &'static str, labels: &'static [(&'static str, &'static str)]| {
        let mut new = experiment(id, id);
        new.labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        new
    };
    for (secs, id, labels) in [
        (1, "a", &[("team", "platform"), ("tier", "1")][..]),
        (2, "b", &[("team", "platform")]),
        (3, "c", &[("team", "platforms"), ("tier", "1")]),
        (4, "d", &[]),
        (5, "e", &[("tier", "1"), ("team", "platform"), ("owner", "it's \"me\"")]),
    ] {
        let mut new = labelled(id, labels);
        new.created_at = at(secs);
        store_new(store, new, None).await;
    }
    let mut foreign = labelled("f", &[("team", "platform")]);
    foreign.tenant = tenant("strangers");
    store_new(store, foreign, None).await;
    let filter = |labels: &[(&str, &str)]| Filter {
        labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        tenant: Some(crate::id::TenantId::default_tenant()),
        ..Filter::default()
    };
    let all = |filter: Filter| async move { ids(&page(store, &filter, 10, None).await.items).join(" ") };
    assert_eq!(all(filter(&[("team", "platform")])).await, "e b a");
    assert_eq!(all(filter(&[("team", "platform"), ("tier", "1")])).await, "e a");
    assert_eq!(all(filter(&[("owner", "it's \"me\"")])).await, "e");
    assert_eq!(all(filter(&[("team", "")])).await, "");
    let states = Filter { states: vec![State::Failed], ..filter(&[("team", "platform")]) };
    assert_eq!(all(states).await, "");
    let first = page(store, &filter(&[("team", "platform")]), 2, None).await;
    let second = page(store, &filter(&[("team", "platform")]), 2, first.next.as_deref()).await;
    assert_eq!((ids(&first.items).join(" "), ids(&second.items).join(" ")), ("e b".to_owned(), "a".to_owned()));
    assert_eq!(second.next, None);
}
