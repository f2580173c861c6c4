"""Whether the model loads here, is the one that the plugin has, and the one whose vectors the index holds."""

from collections.abc import Iterator

import opensearchpy

from lookalike.cluster.contract import ModelRecord, read_contract
from lookalike.doctor.finding import Finding, State, Subject
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.session import EncoderSession

__all__ = ["artefact", "index_model", "plugin_models"]


def artefact(subject: Subject) -> Iterator[Finding]:
    """The artefact on this machine: there, unchanged, and such that ONNX Runtime runs it."""
    model = find_artefact(subject.model)
    device = EncoderSession(model).device
    if model.calibration is None:
        yield Finding(
            State.WARNING,
            f"model {model.identity} loads on the {device.upper()}, but is not calibrated: answers have no probability",
            "calibrate it with `lookalike calibrate`",
        )
    else:
        yield Finding(State.OK, f"model {model.identity} loads on the {device.upper()}")


def plugin_models(subject: Subject) -> Iterator[Finding]:
    """The model of the same name on every node that has the plugin."""
    model = find_artefact(subject.model)
    try:
        answer = subject.client.transport.perform_request("GET", "/_plugins/_lookalike/models")
    except (opensearchpy.RequestError, opensearchpy.NotFoundError):
        return  # no plugin, which its own check says
    advice = (
        "put this folder's model into config/lookalike/models/ of every node, or install the plugin of this version, "
        "and restart it; until then searches embed here"
    )
    agree = True
    for node in answer["nodes"].values():
        found = node["models"].get(model.name, {})
        if found.get("sha256") == model.sha256:
            continue
        agree = False
        if "unusable" in found:
            what = f"cannot use model {model.name!r}: {found['unusable']}"
        elif found:
            what = f"has {ModelRecord(model.name, found['sha256'])}, but here it is {model.identity}"
        else:
            what = f"has no model {model.name!r}"
        yield Finding(State.WARNING, f"the plugin on {node['name']} {what}", advice)
    if agree and answer["nodes"]:
        yield Finding(State.OK, f"the plugin has {model.identity} on every node")


def index_model(subject: Subject) -> Iterator[Finding]:
    """The model that the index records."""
    index = subject.existing_index()
    if index is None:
        return
    model = find_artefact(subject.model)
    contract = read_contract(subject.client, index)
    contract.require_model(ModelRecord(model.name, model.sha256), model.dimension)
    if contract.model is None:
        yield Finding(State.OK, f"index {index!r} is empty and will hold vectors of {model.identity}")
    else:
        yield Finding(State.OK, f"index {index!r} holds vectors of {model.identity}")
