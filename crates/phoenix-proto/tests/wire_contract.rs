//! What is on the wire stays on the wire: a name, number or type that changes fails here.

use std::collections::BTreeSet;

use phoenix_proto::FILE_DESCRIPTOR_SET;
use phoenix_proto::controller::v1::experiment_state::State;
use phoenix_proto::controller::v1::{ExperimentState, UpdateStateRequest};
use prost::{DecodeError, Message as _};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    ServiceDescriptorProto,
};

const PACKAGE: &str = "phoenix.controller.v1";

/// Everything, in the form of [`render`].
const CONTRACT: &str = include_str!("wire_contract.txt");

/// What the specification of the controller dictates: not even a new version of this package could choose otherwise.
const SPECIFIED: &str = "\
service ExperimentController
  rpc GetExperiment(GetExperimentRequest) returns (Experiment)
  rpc UpdateExperimentState(UpdateStateRequest) returns (Experiment)
  rpc GetExperimentMetrics(GetMetricsRequest) returns (ExperimentMetrics)
  rpc GeneratePipeline(GeneratePipelineRequest) returns (Pipeline)
  rpc DeployPipeline(DeployPipelineRequest) returns (DeploymentStatus)
  rpc GetPipelineStatus(GetPipelineStatusRequest) returns (PipelineStatus)
  rpc StreamExperimentUpdates(StreamUpdatesRequest) returns (stream ExperimentUpdate)
message Experiment
  1 id string
  2 name string
  3 state ExperimentState
  4 spec ExperimentSpec
  5 status ExperimentStatus
  6 created_at google.protobuf.Timestamp
  7 updated_at google.protobuf.Timestamp
message ExperimentState
  1 value ExperimentState.State
enum ExperimentState.State
  0 PENDING
  1 INITIALIZING
  2 DEPLOYING
  3 RUNNING
  4 ANALYZING
  5 COMPLETED
  6 FAILED
  7 CANCELLED
message GetExperimentRequest
  1 id string
message UpdateStateRequest
  1 id string
  2 state ExperimentState
  3 reason string
  4 expected_revision optional uint64
message GetMetricsRequest
  1 id string
message ExperimentMetrics
  1 id string
  2 baseline_metrics PipelineMetrics
  3 variant_metrics PipelineMetrics
  4 comparison_result ComparisonResult
message PipelineMetrics
  1 process_count optional double
  2 memory_usage optional double
  3 cpu_usage optional double
  4 datapoints_per_sec optional double
  5 error_rate optional double
message GeneratePipelineRequest
  1 spec PipelineSpec
message Pipeline
  1 name string
  2 config string
  3 hash string
  4 findings repeated Finding
message DeployPipelineRequest
  1 experiment_id string
  2 pipeline_type string
message DeploymentStatus
  1 pipeline_name string
  2 phase string
  3 config_hash string
  4 ready uint32
  5 desired uint32
  6 message string
message PipelineStatus
  1 pipeline_name string
  2 phase string
  3 config_hash string
  4 ready uint32
  5 desired uint32
  6 message string
message GetPipelineStatusRequest
  1 pipeline_name string
message StreamUpdatesRequest
  1 experiment_ids repeated string
  2 after_cursor string
message ExperimentUpdate
  1 cursor string
  2 experiment Experiment
  3 event Event
";

#[test]
fn the_contract_holds() {
    let actual = contract().expect("descriptors");
    assert!(
        actual == CONTRACT,
        "tests/wire_contract.txt differs. Lines may be added to it, none may change.\n{}\nIn full:\n{actual}",
        difference(CONTRACT, &actual)
    );
}

#[test]
fn the_specification_holds() {
    let (specified, actual) = (qualified(SPECIFIED), qualified(&contract().expect("descriptors")));
    let missing: Vec<_> = specified.difference(&actual).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let states =
        |lines: &BTreeSet<String>| lines.iter().filter(|line| line.starts_with("enum ExperimentState.State ")).count();
    assert_eq!(states(&specified), states(&actual), "the eight states are closed");
    let fields = |lines: &BTreeSet<String>| lines.iter().filter(|line| line.starts_with("message Experiment ")).count();
    assert_eq!(fields(&actual), fields(&specified) + 1, "seven fields and the reserved range");
}

#[test]
fn an_unset_state_reads_as_pending() {
    assert_eq!(UpdateStateRequest::default().state, None);
    assert_eq!(ExperimentState::default().value(), State::Pending);
}

#[test]
fn every_rpc_names_its_permission() {
    for file in own_files(&descriptors().expect("descriptors")) {
        let comments = file.source_code_info.iter().flat_map(|info| &info.location);
        // Path of a method: services are field 6 of a file, methods field 2 of a service.
        let permissions = comments
            .filter(|location| matches!(location.path[..], [6, _, 2, _]))
            .filter(|location| location.leading_comments().replace('\n', "").contains(" Permission: `"))
            .count();
        assert_eq!(
            permissions,
            file.service.iter().map(|service| service.method.len()).sum::<usize>(),
            "{}",
            file.name()
        );
    }
}

#[test]
fn reflection_finds_every_import() {
    let set = descriptors().expect("descriptors");
    let present: BTreeSet<_> = set.file.iter().map(FileDescriptorProto::name).collect();
    for file in &set.file {
        for import in &file.dependency {
            assert!(present.contains(import.as_str()), "{} imports {import}", file.name());
        }
    }
}

#[cfg(feature = "server")]
#[test]
fn the_server_stub_has_the_specified_name() {
    use phoenix_proto::controller::v1::experiment_controller_server::SERVICE_NAME;
    assert_eq!(SERVICE_NAME, "phoenix.controller.v1.ExperimentController");
}

fn descriptors() -> Result<FileDescriptorSet, DecodeError> {
    FileDescriptorSet::decode(FILE_DESCRIPTOR_SET)
}

fn own_files(set: &FileDescriptorSet) -> impl Iterator<Item = &FileDescriptorProto> {
    set.file.iter().filter(|file| file.package() == PACKAGE)
}

/// Every service, message and enum of the package by its name, members by their numbers.
fn contract() -> Result<String, DecodeError> {
    let set = descriptors()?;
    let mut blocks = Vec::new();
    for file in own_files(&set) {
        blocks.extend(file.service.iter().map(render_service));
        for message in &file.message_type {
            render_message(message, "", &mut blocks);
        }
        blocks.extend(file.enum_type.iter().map(|each| render_enum(each, "")));
    }
    blocks.sort();
    Ok(blocks.concat())
}

fn render_service(service: &ServiceDescriptorProto) -> String {
    let stream = |is_stream| if is_stream { "stream " } else { "" };
    let methods = service.method.iter().map(|method| {
        let (takes, gives) = (stream(method.client_streaming()), stream(method.server_streaming()));
        let (request, response) = (short(method.input_type()), short(method.output_type()));
        format!("rpc {}({takes}{request}) returns ({gives}{response})", method.name())
    });
    block("service", service.name(), methods)
}

fn render_message(message: &DescriptorProto, parent: &str, blocks: &mut Vec<String>) {
    let name = format!("{parent}{}", message.name());
    let mut fields: Vec<_> = message.field.iter().collect();
    fields.sort_by_key(|field| field.number());
    let fields = fields.iter().map(|field| format!("{} {} {}", field.number(), field.name(), type_of(field, message)));
    let ranges =
        message.reserved_range.iter().map(|range| format!("reserved {} to {}", range.start(), range.end() - 1));
    let names = message.reserved_name.iter().map(|name| format!("reserved {name}"));
    blocks.push(block("message", &name, fields.chain(ranges).chain(names)));
    let parent = format!("{name}.");
    for nested in message.nested_type.iter().filter(|nested| !is_map_entry(nested)) {
        render_message(nested, &parent, blocks);
    }
    blocks.extend(message.enum_type.iter().map(|each| render_enum(each, &parent)));
}

fn render_enum(each: &EnumDescriptorProto, parent: &str) -> String {
    let values = each.value.iter().map(|value| format!("{} {}", value.number(), value.name()));
    block("enum", &format!("{parent}{}", each.name()), values)
}

fn block(kind: &str, name: &str, members: impl Iterator<Item = String>) -> String {
    members.fold(format!("{kind} {name}\n"), |text, member| text + "  " + &member + "\n")
}

fn type_of(field: &FieldDescriptorProto, message: &DescriptorProto) -> String {
    let kind = match field.r#type() {
        Type::Message | Type::Enum => short(field.type_name()).to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    let entry = message
        .nested_type
        .iter()
        .find(|nested| is_map_entry(nested) && kind.ends_with(&format!(".{}", nested.name())));
    match entry {
        Some(entry) => {
            let sides: Vec<_> = entry.field.iter().map(|side| type_of(side, entry)).collect();
            format!("map<{}>", sides.join(", "))
        }
        None if field.label() == Label::Repeated => format!("repeated {kind}"),
        None if field.proto3_optional() => format!("optional {kind}"),
        None => kind,
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
}

/// A type's name without our package.
fn short(name: &str) -> &str {
    let name = name.trim_start_matches('.');
    name.strip_prefix(PACKAGE).map_or(name, |rest| rest.trim_start_matches('.'))
}

/// Each member with the head of its block in front.
fn qualified(contract: &str) -> BTreeSet<String> {
    let mut head = "";
    let mut lines = BTreeSet::new();
    for line in contract.lines() {
        match line.strip_prefix("  ") {
            Some(member) => {
                lines.insert(format!("{head} {member}"));
            }
            None => head = line,
        }
    }
    lines
}

fn difference(expected: &str, actual: &str) -> String {
    let (expected, actual) = (qualified(expected), qualified(actual));
    let gone = expected.difference(&actual).map(|line| format!("- {line}\n"));
    let new = actual.difference(&expected).map(|line| format!("+ {line}\n"));
    gone.chain(new).collect()
}
