//! The configuration: typed sections, where each value comes from, and what is refused.
//!
//! Precedence, later wins: default, file, environment `PHOENIX__SECTION__KEY`, flag. Without any of it the embedded mode starts. Nothing
//! outside this module reads the environment.

mod check;
mod environment;
mod load;
mod sections;
mod settings;

pub use check::check;
pub use environment::{Environment, cache_dir, data_dir};
pub use load::{ConfigError, Overrides, load};
pub use sections::{
    AdmissionSection, AuthMode, AuthSection, CacheSection, CollectorSection, Config, DatabaseSection, GrpcSection,
    HeadRoomAction, HeadRoomSection, HttpSection, LogFormat, LoggingSection, MetricsSection, NotificationsSection,
    PipelineGeneratorSection, PricingSection, RetentionSection, SchedulerSection, ServerSection, ServiceSection,
    ValidationSection,
};
pub use settings::Settings;
