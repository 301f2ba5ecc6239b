"""A gRPC client that shares no code with Phoenix: it learns the interface from the server's reflection.

Arguments: the address, and the file with the token. Ends with 0 when everything was as it should be.
"""

import sys

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

PATIENCE = 60
SERVICE = "phoenix.controller.v1.ExperimentController"
SPECIFIED = [
    "CreateExperiment",
    "GetExperiment",
    "UpdateExperimentState",
    "GetExperimentMetrics",
    "GeneratePipeline",
    "DeployPipeline",
    "GetPipelineStatus",
    "StreamExperimentUpdates",
]


class Controller:
    """Calls methods by their names, with JSON as messages."""

    def __init__(self, address, token):
        self.channel = grpc.insecure_channel(address)
        self.metadata = [("authorization", "Bearer " + token)]
        database = ProtoReflectionDescriptorDatabase(self.channel)
        self.services = list(database.get_services())
        self.service = DescriptorPool(database).FindServiceByName(SERVICE)

    def method(self, name):
        method = self.service.FindMethodByName(name)
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        kind = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        call = kind(
            f"/{SERVICE}/{name}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        return call, request

    def call(self, name, body, metadata=None):
        call, request = self.method(name)
        message = json_format.ParseDict(body, request())
        answer = call(message, metadata=self.metadata if metadata is None else metadata, timeout=PATIENCE)
        return shown(answer)

    def stream(self, name, body):
        call, request = self.method(name)
        for update in call(json_format.ParseDict(body, request()), metadata=self.metadata, timeout=PATIENCE):
            yield shown(update)

    def refused(self, name, body, code, text, metadata=None):
        try:
            answer = self.call(name, body, metadata)
        except grpc.RpcError as error:
            same("the code of " + name, error.code().name, code)
            holds(text in error.details(), f"{text!r} is not in {error.details()!r}")
        else:
            raise AssertionError(f"{name} should be refused and answers {answer}")


def shown(message):
    """As JSON, with the fields that have their default, too."""
    return json_format.MessageToDict(message, always_print_fields_with_no_presence=True)


def holds(is_so, otherwise):
    if not is_so:
        raise AssertionError(otherwise)


def same(what, seen, wanted):
    holds(seen == wanted, f"{what}: {seen!r}, wanted {wanted!r}")


def specification():
    pipeline = {"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "1s"}}
    return {
        "baseline": pipeline,
        "candidate": {**pipeline, "optimizations": [{"name": "exclude-kernel-threads"}]},
        "schedule": {"duration": "10s", "warmUp": "2s", "sampleInterval": "1s"},
    }


def main(address, token_file):
    with open(token_file, encoding="utf-8") as file:
        controller = Controller(address, file.read().strip())
    holds("grpc.health.v1.Health" in controller.services, controller.services)
    methods = [method.name for method in controller.service.methods]
    holds(set(SPECIFIED) <= set(methods), methods)

    spec = specification()
    create = {"name": "foreign", "spec": spec}
    controller.refused("CreateExperiment", create, "UNAUTHENTICATED", "token", metadata=[])
    wrong = {**spec, "schedule": {"duration": "-5s"}}
    controller.refused("CreateExperiment", {"name": "foreign", "spec": wrong}, "INVALID_ARGUMENT", "duration")
    experiment = controller.call("CreateExperiment", create)
    same("the state", experiment["state"]["value"], "PENDING")
    controller.refused("GetExperiment", {"id": "nobody"}, "NOT_FOUND", "nobody")

    start = {"id": "foreign", "state": {"value": "INITIALIZING"}}
    controller.refused("UpdateExperimentState", {"id": "foreign", "state": {"value": "RUNNING"}}, "INVALID_ARGUMENT", "RUNNING")
    same("the state", controller.call("UpdateExperimentState", start)["state"]["value"], "INITIALIZING")
    controller.refused("UpdateExperimentState", start, "FAILED_PRECONDITION", "Invalid state transition")

    kinds = []
    for update in controller.stream("StreamExperimentUpdates", {"experimentIds": ["foreign"]}):
        kinds.append(update.get("event", {}).get("kind"))
        if kinds[-1] == "experiment.running":
            deployed = controller.call("DeployPipeline", {"experimentId": "foreign", "pipelineType": "candidate"})
            status = controller.call("GetPipelineStatus", {"pipelineName": deployed["pipelineName"]})
            same("the hash", status["configHash"], deployed["configHash"])
        if kinds[-1] == "experiment.cleaned_up":
            break
    for kind in ["experiment.deploying", "experiment.running", "experiment.analyzing", "experiment.completed"]:
        holds(kind in kinds, f"{kind} is not among {kinds}")

    metrics = controller.call("GetExperimentMetrics", {"id": "foreign"})
    holds(metrics["baselineMetrics"]["activeSeries"] > 0, metrics)
    same("the verdict", metrics["comparisonResult"]["verdict"], "inconclusive")
    first, again = (controller.call("GeneratePipeline", {"spec": {"name": "x", "baseTemplate": "process-baseline"}}) for _ in "12")
    same("the configuration", again, first)
    holds("receivers:" in first["config"], first)
    controller.call("DeleteExperiment", {"id": "foreign"})
    controller.refused("GetExperiment", {"id": "foreign"}, "NOT_FOUND", "foreign")


if __name__ == "__main__":
    main(*sys.argv[1:])
    print("everything was as it should be")
