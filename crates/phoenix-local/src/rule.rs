//! The words of this crate's findings, and what there is to say about each whatever the configuration.

/// A rule of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its word.
    pub word: &'static str,
    /// What is found, and why that matters.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Every rule, in alphabetical order.
pub const RULES: [Rule; 8] = [
    Rule {
        word: "CollectorRefuses",
        meaning: "The collector itself refuses the configuration (`validate`), in the words that follow.",
        remedy: "Correct what it says, or take a collector of the version that the configuration was written for.",
    },
    Rule {
        word: "ComponentMissing",
        meaning: "The collector of this host was built without a component that the configuration uses, so it would not start.",
        remedy: "Take a collector that has it (`otelcol-contrib` has all that templates use; name it with PHOENIX_COLLECTOR), or leave \
                 the component out. `phoenixctl doctor` lists what is missing.",
    },
    Rule {
        word: "ConfigUnreadable",
        meaning: "The text is no YAML, so nothing in it can be checked.",
        remedy: "Correct the syntax at the place that the finding names.",
    },
    Rule {
        word: "HeadRoomMissing",
        meaning: "This host has little memory, processor time or disk left for two more collectors.",
        remedy: "Free some, take another host, or change the limits or the action under `admission.head_room`.",
    },
    Rule {
        word: "MemoryCeiling",
        meaning: "A memory limiter allows more than a collector may take on this host.",
        remedy: "Lower its `limit_mib`, or raise `collector.memory_limit_mib` in the server's configuration.",
    },
    Rule {
        word: "ProcessesHidden",
        meaning: "The server's user cannot read all processes of other users, so both pipelines measure less than runs here. They lack the \
                  same, so the comparison is fair; the totals are too small.",
        remedy: "Run phoenix-server as root, or give the collector the rights with setcap; `phoenixctl doctor` says which.",
    },
    Rule {
        word: "VariableUnset",
        meaning: "The configuration uses an environment variable that collectors do not get: they start without the server's environment.",
        remedy: "Pass it on by name (`collector.pass_env`), or give it a default: `${env:NAME:-default}`.",
    },
    Rule {
        word: "VariableUnused",
        meaning: "The configuration leaves out a variable by which Phoenix finds the collector's ports, or knows it by its telemetry. Most of \
                  them are needed to see that a pipeline is ready.",
        remedy: "Use it where the templates do; `phoenixctl preview` shows one.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_findings() {
        assert!(RULES.is_sorted_by_key(|rule| rule.word));
        let preflight = include_str!("preflight.rs");
        let in_calls = preflight.split("finding(\"").skip(1).filter_map(|rest| rest.split('"').next());
        let found: Vec<&str> = in_calls.chain([crate::head_room::RULE, crate::visibility::RULE]).collect();
        assert!(found.len() >= 8, "{found:?}");
        for word in &found {
            assert!(RULES.iter().any(|rule| rule.word == *word), "{word} is not explained");
        }
        assert!(RULES.iter().all(|rule| found.contains(&rule.word)), "{found:?}");
    }
}
