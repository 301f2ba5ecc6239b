//! Identifiers. Each is a checked text or number of its own type, so that they cannot be mixed up.
//!
//! Knows nothing of how new identifiers are made (see [`crate::ports::identity`]).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::experiment::PipelineType;

/// A text that is no valid identifier; says what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {what}: {allowed}")]
pub struct InvalidId {
    /// What the text should have been.
    pub what: &'static str,
    /// The allowed form.
    pub allowed: &'static str,
    /// The refused text, cut after 80 characters.
    pub value: String,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $allowed:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(value: String) -> Result<Self, Self::Error> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&value) {
                    Ok(Self(value))
                } else {
                    Err(InvalidId { what: $what, allowed: $allowed, value: value.chars().take(80).collect() })
                }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_dns_label(text: &str, longest: usize) -> bool {
    is_slug(text, longest) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_slug(text: &str, longest: usize) -> bool {
    !text.is_empty()
        && text.len() <= longest
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

text_id!(
    /// Identity of an experiment: opaque, a UUIDv7 unless the client gave one.
    ExperimentId, "experiment id", "1 to 63 characters of a-z, 0-9 and -", |text| is_slug(text, 63)
);
text_id!(
    /// Name of an experiment: a DNS label, unique per tenant among experiments that are not terminal.
    ExperimentName, "experiment name", "a DNS label, which is 1 to 63 characters of a-z, 0-9 and -, and neither begins nor ends with -", |text| is_dns_label(text, 63)
);
text_id!(
    /// Who owns an experiment.
    TenantId, "tenant", "a DNS label, which is 1 to 63 characters of a-z, 0-9 and -, and neither begins nor ends with -", |text| is_dns_label(text, 63)
);
text_id!(
    /// Name of a deployed or generated pipeline, see [`PipelineName::deployed`].
    PipelineName, "pipeline name", "a DNS label, which is 1 to 63 characters of a-z, 0-9 and -, and neither begins nor ends with -", |text| is_dns_label(text, 63)
);
text_id!(
    /// SHA-256 of exactly the bytes of a collector configuration, as 64 lower-case hexadecimal digits.
    ConfigHash, "configuration hash", "64 lower-case hexadecimal digits",
    |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);
text_id!(
    /// Name of a host as its telemetry carries it in `host_name`.
    HostName, "host name", "1 to 253 printable characters without spaces",
    |text| !text.is_empty() && text.len() <= 253 && text.chars().all(|c| !c.is_control() && !c.is_whitespace())
);
text_id!(
    /// Who did something: a token's subject, or `system`.
    Actor, "actor", "1 to 253 printable characters",
    |text| !text.is_empty() && text.len() <= 253 && text.chars().all(|c| !c.is_control())
);
text_id!(
    /// W3C trace context of the request that caused something (<https://www.w3.org/TR/trace-context/>).
    TraceParent, "traceparent", "a W3C traceparent such as 00-<32 hex>-<16 hex>-01",
    |text| text.len() == 55 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') && text.split('-').map(str::len).eq([2, 32, 16, 2])
);
text_id!(
    /// One running replica of the controller: the holder of leases and locks.
    ReplicaId, "replica id", "1 to 63 characters of a-z, 0-9 and -", |text| is_slug(text, 63)
);

impl ExperimentId {
    /// The id that is the UUID of these 128 bits.
    pub fn from_uuid(bits: u128) -> Self {
        Self(uuid_text(bits))
    }
}

impl ReplicaId {
    /// The id that is the UUID of these 128 bits.
    pub fn from_uuid(bits: u128) -> Self {
        Self(uuid_text(bits))
    }
}

/// The text of a UUID (RFC 9562, section 4): always a valid id.
fn uuid_text(bits: u128) -> String {
    let (low, middle, version) = (bits >> 96, (bits >> 80) & 0xffff, (bits >> 64) & 0xffff);
    format!("{low:08x}-{middle:04x}-{version:04x}-{:04x}-{:012x}", (bits >> 48) & 0xffff, bits & 0xffff_ffff_ffff)
}

impl TenantId {
    /// The tenant of a controller without tenants.
    pub fn default_tenant() -> Self {
        Self("default".to_owned())
    }
}

impl ExperimentName {
    /// What a generated pipeline is named after where nobody named it.
    pub fn of_unnamed_pipeline() -> Self {
        Self("pipeline".to_owned())
    }
}

impl Actor {
    /// The controller itself.
    pub fn system() -> Self {
        Self("system".to_owned())
    }
}

impl ConfigHash {
    /// The hash of a configuration's bytes.
    pub fn of(config: &str) -> Self {
        Self(hex(&Sha256::digest(config.as_bytes())))
    }

    /// The first eight digits, for people and names.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl PipelineName {
    /// Name of a pipeline of an experiment: `{experiment name, at most 40}-{baseline|candidate}-{8 hex of sha256(id, type, hash)}`.
    ///
    /// The same experiment, type and configuration give the same name, so a repeated deployment finds what an earlier one made.
    pub fn deployed(name: &ExperimentName, id: &ExperimentId, kind: PipelineType, hash: &ConfigHash) -> Self {
        let digest = Sha256::new()
            .chain_update(id.as_str())
            .chain_update([0])
            .chain_update(kind.as_str())
            .chain_update([0])
            .chain_update(hash.as_str())
            .finalize();
        Self::suffixed(name.as_str(), &format!("{kind}-{}", first_eight(&hex(&digest))))
    }

    /// Name of a configuration that was generated without an experiment: `{name}-{8 hex of hash}`.
    pub fn generated(name: &ExperimentName, hash: &ConfigHash) -> Self {
        Self::suffixed(name.as_str(), hash.short())
    }

    fn suffixed(stem: &str, suffix: &str) -> Self {
        let stem = stem.get(..40).unwrap_or(stem).trim_end_matches('-');
        Self(format!("{stem}-{suffix}"))
    }
}

fn first_eight(text: &str) -> &str {
    text.get(..8).unwrap_or(text)
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// How many decisions of an experiment were committed. The creation is revision 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of a newly created experiment.
    pub const FIRST: Self = Self(1);

    /// The revision that the next committed decision gets.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Fencing token: grows with every claim of an experiment; a commit under an older one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(pub u64);

/// Identity of a one-shot effect: derived from the decision that asked for it, never random.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectId {
    /// The experiment.
    pub experiment_id: ExperimentId,
    /// The revision whose decision asked for the effect.
    pub revision: Revision,
    /// Its place among the effects of that decision, from 0.
    pub ordinal: u16,
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.experiment_id, self.revision, self.ordinal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_say_what_they_allow() {
        assert!("cut-process-cost".parse::<ExperimentName>().is_ok());
        for bad in ["", "-a", "a-", "A", "a_b", "a b", &"x".repeat(64)] {
            let error = bad.parse::<ExperimentName>().expect_err(bad);
            assert!(error.to_string().contains("DNS label"), "{error}");
        }
        assert!("-a-".parse::<ExperimentId>().is_ok());
        assert!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse::<TraceParent>().is_ok());
        assert!("00-0af7-b7ad-01".parse::<TraceParent>().is_err());
    }

    #[test]
    fn a_deployed_name_is_short_stable_and_differs_by_type_and_hash() {
        let name: ExperimentName = "a".repeat(63).parse().expect("valid");
        let id: ExperimentId = "e1".parse().expect("valid");
        let (one, two) = (ConfigHash::of("one"), ConfigHash::of("two"));
        let baseline = PipelineName::deployed(&name, &id, PipelineType::Baseline, &one);
        assert_eq!(baseline, PipelineName::deployed(&name, &id, PipelineType::Baseline, &one));
        assert!(baseline.as_str().starts_with(&format!("{}-baseline-", "a".repeat(40))));
        assert_ne!(baseline, PipelineName::deployed(&name, &id, PipelineType::Candidate, &one));
        assert_ne!(baseline, PipelineName::deployed(&name, &id, PipelineType::Baseline, &two));
        let longest = PipelineName::deployed(&name, &id, PipelineType::Candidate, &one);
        assert_eq!(longest.as_str().parse(), Ok(longest));
    }

    #[test]
    fn the_hash_is_sha_256_of_the_bytes() {
        assert_eq!(ConfigHash::of("").as_str(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
