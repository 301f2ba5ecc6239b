//! What a well-formed configuration may still ask for in vain: parts that this version does not have, and values out of range.

use phoenix_core::time::Span;

use crate::config::{Config, ConfigError, Environment, HeadRoomSection, PricingSection};

/// Says the first thing that cannot be served.
///
/// A section that selects an adapter is never ignored: whoever names a database means that one.
///
/// # Errors
///
/// [`ConfigError::Key`] with the key or variable.
pub fn check(config: &Config, environment: &Environment) -> Result<(), ConfigError> {
    refuse_missing_parts(config, environment)?;
    check_ranges(config, environment)
}

fn refuse_missing_parts(config: &Config, environment: &Environment) -> Result<(), ConfigError> {
    let missing = [
        ("database.postgres", config.database.postgres.is_some(), "the SQLite store in the data directory"),
        ("cache.redis", config.cache.redis.is_some(), "the cache in this process"),
        ("kubernetes", config.kubernetes.is_some(), "collectors as processes of this host"),
        ("prometheus", config.prometheus.is_some(), "scraping the collectors directly"),
        ("notifications.webhooks", !config.notifications.webhooks.is_empty(), "the event stream"),
        ("pipeline_generator.template_dir", config.pipeline_generator.template_dir.is_some(), "the built-in templates"),
        ("DATABASE_URL", environment.get("DATABASE_URL").is_some(), "the SQLite store in the data directory"),
        ("REDIS_URL", environment.get("REDIS_URL").is_some(), "the cache in this process"),
        ("JWT_SECRET", environment.get("JWT_SECRET").is_some(), "the token in the data directory"),
    ];
    match missing.into_iter().find(|(_, asked, _)| *asked) {
        None => Ok(()),
        Some((key, _, instead)) => {
            Err(wrong(key, format!("version {} has only {instead}; remove or unset {key}", env!("CARGO_PKG_VERSION"))))
        }
    }
}

fn check_ranges(config: &Config, environment: &Environment) -> Result<(), ConfigError> {
    let path = &config.server.metrics.path;
    if !path.starts_with('/') || path.contains(['{', '}', '?', '#', '*']) {
        return Err(wrong("server.metrics.path", format!("{path:?} is not a path such as /metrics")));
    }
    check_texts(config, environment)?;
    check_pricing(&config.pricing)?;
    positive("server.http.read_timeout", config.server.http.read_timeout)?;
    positive("server.http.write_timeout", config.server.http.write_timeout)?;
    positive("server.grpc.max_connection_idle", config.server.grpc.max_connection_idle)?;
    positive("server.grpc.max_connection_age", config.server.grpc.max_connection_age)?;
    positive("scheduler.interval", config.scheduler.interval)?;
    within("scheduler.max_concurrent", config.scheduler.max_concurrent as u64, 1, 1_000)?;
    check_head_room(&config.admission.head_room)?;
    if let Some(keep) = config.retention.finished {
        positive("retention.finished", keep)?;
    }
    within("collector.memory_limit_mib", config.collector.memory_limit_mib, 64, 1 << 20)?;
    within(
        "pipeline_generator.validation.max_processors",
        config.pipeline_generator.validation.max_processors as u64,
        1,
        1_000,
    )
}

fn check_head_room(section: &HeadRoomSection) -> Result<(), ConfigError> {
    within("admission.head_room.memory_mib", section.memory_mib, 0, 1 << 24)?;
    within("admission.head_room.disk_mib", section.disk_mib, 0, 1 << 24)?;
    if !(0.0..=1_000.0).contains(&section.load) {
        let message = format!("{} is no load for each processor; allowed: 0 to 1000", section.load);
        return Err(wrong("admission.head_room.load", message));
    }
    Ok(())
}

/// Most characters of a currency.
const LONGEST_CURRENCY: usize = 12;

fn check_pricing(pricing: &PricingSection) -> Result<(), ConfigError> {
    let prices = [
        ("pricing.per_thousand_series_month", pricing.per_thousand_series_month),
        ("pricing.per_million_datapoints", pricing.per_million_datapoints),
    ];
    if let Some((key, price)) = prices.into_iter().find(|(_, price)| !price.is_finite() || *price < 0.0) {
        return Err(wrong(key, format!("{price} is not a price; give a number such as 8 or 0.25, or 0 for none")));
    }
    let currency = &pricing.currency;
    let is_short = (1..=LONGEST_CURRENCY).contains(&currency.chars().count());
    if !is_short || currency.trim() != currency || currency.chars().any(char::is_control) {
        return Err(wrong("pricing.currency", format!("{currency:?} is not a currency such as USD or EUR")));
    }
    Ok(())
}

fn check_texts(config: &Config, environment: &Environment) -> Result<(), ConfigError> {
    let level = &config.logging.level;
    // A word alone is taken for the name of a module by the parser, and then nothing at all is logged.
    let is_known = |directive: &str| {
        let directive = directive.trim();
        directive.contains(['=', '[']) || directive.parse::<tracing_subscriber::filter::LevelFilter>().is_ok()
    };
    if tracing_subscriber::EnvFilter::try_new(level).is_err() || !level.split(',').all(is_known) {
        return Err(wrong(
            "logging.level",
            format!("{level:?} is not a filter such as info or info,phoenix_local=debug"),
        ));
    }
    let installation = &config.collector.installation;
    if installation.is_empty() || installation.chars().any(char::is_control) {
        return Err(wrong("collector.installation", format!("{installation:?} is not a printable text")));
    }
    match config.collector.pass_env.iter().find(|name| environment.get(name).is_none()) {
        None => Ok(()),
        Some(name) => Err(wrong(
            "collector.pass_env",
            format!("the environment variable {name} is not set; set it, or remove it from the list"),
        )),
    }
}

fn positive(key: &str, span: Span) -> Result<(), ConfigError> {
    if span.is_zero() { Err(wrong(key, "0s is not allowed; give a duration such as 30s".to_owned())) } else { Ok(()) }
}

fn within(key: &str, value: u64, least: u64, most: u64) -> Result<(), ConfigError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(wrong(key, format!("{value} is not allowed; give a number from {least} to {most}")))
}

fn wrong(key: &str, message: String) -> ConfigError {
    ConfigError::Key { key: key.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(config: &Config, environment: &Environment) -> String {
        check(config, environment).expect_err("refused").to_string()
    }

    #[test]
    fn a_part_that_this_version_lacks_is_refused_by_name_and_never_ignored() {
        let mut config = Config::default();
        config.database.postgres = Some(serde_json::json!({"host": "db"}));
        assert!(refusal(&config, &Environment::default()).starts_with("database.postgres: version "));
        let environment = [("DATABASE_URL", "postgres://u:secret@db/x")].into();
        let text = refusal(&Config::default(), &environment);
        assert!(text.starts_with("DATABASE_URL: version ") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn values_out_of_range_are_named_with_the_range() {
        let mut config = Config::default();
        config.scheduler.max_concurrent = 0;
        assert_eq!(
            refusal(&config, &Environment::default()),
            "scheduler.max_concurrent: 0 is not allowed; give a number from 1 to 1000"
        );
        let mut config = Config::default();
        config.server.metrics.path = "metrics".to_owned();
        assert!(
            refusal(&config, &Environment::default()).starts_with("server.metrics.path: \"metrics\" is not a path")
        );
    }

    #[test]
    fn texts_that_the_start_would_refuse_are_refused_by_the_check() {
        let mut config = Config::default();
        config.logging.level = "a=b=c".to_owned();
        assert!(refusal(&config, &Environment::default()).starts_with("logging.level: \"a=b=c\" is not a filter"));
        config.logging.level = "nonsense".to_owned();
        assert!(refusal(&config, &Environment::default()).starts_with("logging.level: \"nonsense\" is not a filter"));
        config.logging.level = "info,phoenix_local=debug".to_owned();
        assert!(check(&config, &Environment::default()).is_ok());
        let mut config = Config::default();
        config.collector.installation = String::new();
        assert!(refusal(&config, &Environment::default()).starts_with("collector.installation: "));
        let mut config = Config::default();
        config.collector.pass_env = vec!["API_KEY".to_owned()];
        assert!(refusal(&config, &Environment::default()).contains("API_KEY is not set"));
        assert!(check(&config, &[("API_KEY", "x")].into()).is_ok());
    }

    #[test]
    fn a_price_is_a_number_that_is_not_negative_and_a_currency_a_short_text() {
        let refused = |change: fn(&mut PricingSection)| {
            let mut config = Config::default();
            change(&mut config.pricing);
            refusal(&config, &Environment::default())
        };
        assert_eq!(
            refused(|pricing| pricing.per_thousand_series_month = -1.0),
            "pricing.per_thousand_series_month: -1 is not a price; give a number such as 8 or 0.25, or 0 for none"
        );
        for wrong in [f64::NAN, f64::INFINITY, -0.01] {
            let mut config = Config::default();
            config.pricing.per_million_datapoints = wrong;
            assert!(refusal(&config, &Environment::default()).starts_with("pricing.per_million_datapoints: "));
        }
        for wrong in ["", " USD", "a currency too long", "U\nSD"] {
            let mut config = Config::default();
            wrong.clone_into(&mut config.pricing.currency);
            assert!(refusal(&config, &Environment::default()).ends_with("is not a currency such as USD or EUR"));
        }
        let mut free = Config::default();
        (free.pricing.per_thousand_series_month, free.pricing.currency) = (0.0, "€".to_owned());
        assert!(check(&free, &Environment::default()).is_ok());
    }

    #[test]
    fn the_defaults_can_be_served() {
        assert!(check(&Config::default(), &Environment::default()).is_ok());
    }
}
