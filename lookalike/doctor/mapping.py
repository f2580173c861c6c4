"""Whether the index is as Lookalike makes one, and the templates are of this version."""

from collections.abc import Iterator

from opensearchpy import NotFoundError

from lookalike.cluster.contract import read_contract
from lookalike.cluster.native import require_native_libraries
from lookalike.doctor.finding import Finding, State, Subject
from lookalike.errors import IndexContractError
from lookalike.mappings import document_template, embedding_template

__all__ = ["mapping", "templates"]


def mapping(subject: Subject) -> Iterator[Finding]:
    """The contract can be read, its engine can run, its fields are all there, and no load was broken off."""
    index = subject.index
    if index is None:
        yield Finding(State.OK, "no index was named", "`lookalike doctor --index NAME` looks at one, too")
        return
    contract = read_contract(subject.client, index)
    try:
        require_native_libraries(subject.client, contract.engine, f"index {index!r}")
    except IndexContractError as error:
        yield Finding(State.WARNING, str(error))
    wanted = document_template()["template"]["mappings"]["properties"]
    missing = sorted(set(wanted) - {name.partition(".")[0] for name in contract.fields})
    if missing:
        yield Finding(
            State.WARNING,
            f"index {index!r} was made by an older version: it lacks {', '.join(missing)}",
            f"`lookalike reembed {index}` makes a new one of its pictures",
        )
    if _is_loading(subject, index):
        yield Finding(
            State.WARNING,
            f"index {index!r} is being filled for the first time, or a run that did so was killed: it is not "
            "refreshed and has no replicas",
            "if no `lookalike ingest` is running, run the same command again with --resume, which restores both",
        )
    yield Finding(
        State.OK,
        f"index {index!r}: variant {contract.variant}, {contract.dimension} numbers, {contract.data_type}, "
        f"engine {contract.engine}",
    )


def templates(subject: Subject) -> Iterator[Finding]:
    """The component templates of the index are installed and not of an older version than this `lookalike`'s."""
    index = subject.existing_index()
    if index is None:
        return
    contract = read_contract(subject.client, index)
    parts = {
        "lookalike-document": document_template()["version"],
        f"lookalike-embedding-{contract.variant}-{contract.dimension}": embedding_template(
            contract.variant, contract.dimension
        )["version"],
    }
    stale = []
    for name, version in parts.items():
        try:
            found = subject.client.cluster.get_component_template(name=name)["component_templates"][0]
        except NotFoundError:
            stale.append(f"{name} is missing")
            continue
        installed = found["component_template"].get("version", 0)
        if installed < version:
            stale.append(f"{name} is of version {installed}, not {version}")
    if stale:
        yield Finding(
            State.WARNING,
            f"templates: {'; '.join(stale)}. An index that is deleted and written to again would get another mapping",
            "`lookalike init` of a new index installs them",
        )
    else:
        yield Finding(State.OK, "templates are installed")


def _is_loading(subject: Subject, index: str) -> bool:
    found = subject.client.indices.get_mapping(index=index).values()
    return any("loading" in item["mappings"].get("_meta", {}).get("lookalike", {}) for item in found)
