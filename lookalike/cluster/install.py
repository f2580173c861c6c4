"""Installing mappings: component templates, an index template, and the index itself."""

import contextlib
import re

from opensearchpy import NotFoundError, OpenSearch, RequestError

from lookalike.cluster.contract import IndexContract, ModelRecord, read_contract
from lookalike.cluster.native import require_native_libraries
from lookalike.errors import IndexContractError
from lookalike.mappings import VARIANTS, document_template, embedding_template, failures_index, pipeline

__all__ = ["create_failures_index", "create_index", "index_exists"]

# What OpenSearch itself accepts, less the characters that would name several indices.
_LONGEST_NAME = 255
_PIPELINE = "lookalike"
_NAME = re.compile(r"[a-z0-9][^A-Z\\/*?\"<>|\s,#:]*")


def index_exists(client: OpenSearch, index: str) -> bool:
    """Whether an index or alias of this name exists."""
    return bool(client.indices.exists(index=index))


def create_index(
    client: OpenSearch,
    index: str,
    model: ModelRecord,
    dimension: int,
    variant: str | None = None,
    shards: int | None = None,
    native_libraries: bool = False,
) -> tuple[IndexContract, bool]:
    """Create an index for vectors of `model` unless it exists; returns its contract and whether it is new.

    `variant` and `shards` None accept an existing index's, and mean "float" and 1 for a new one.
    Installs the templates first, so an index that is deleted and written to again gets the same mapping, and the
    ingest pipeline `lookalike` where the cluster has the plugin that runs it.
    Raises IndexContractError if the name or variant is impossible, if an index of that name was made otherwise,
    or if the variant needs native libraries that the cluster does not show (`native_libraries` vouches for them).
    """
    if variant is not None and variant not in VARIANTS:
        raise IndexContractError(f"unknown variant {variant!r}; expected one of {', '.join(VARIANTS)}")
    if not _NAME.fullmatch(index) or not index.isprintable() or len(index.encode()) > _LONGEST_NAME:
        raise IndexContractError(
            f"{index!r} cannot name an index: expected lower case letters, digits, - and _, "
            f"beginning with a letter or digit, at most {_LONGEST_NAME} bytes"
        )
    if index_exists(client, index):
        contract = read_contract(client, index)
        contract.require_model(model, dimension)
        if variant is not None and contract.variant != variant:
            raise IndexContractError(
                f"index {index!r} exists with variant {contract.variant!r}, not {variant!r}; use another name"
            )
        if shards is not None:
            _require_shards(client, index, shards)
        require_native_libraries(client, contract.engine, f"index {index!r}", native_libraries)
        return contract, False
    variant, shards = variant or "float", shards or 1
    embedding = embedding_template(variant, dimension)
    vector = embedding["template"]["mappings"]["properties"]["embedding"]
    require_native_libraries(client, vector["method"]["engine"], f"variant {variant!r}", native_libraries)
    _install(client, "lookalike-document", document_template())
    vectors = f"lookalike-embedding-{variant}-{dimension}"
    _install(client, vectors, embedding)
    _install_pipeline(client)
    meta = {"lookalike": {"variant": variant, "model": model.name, "sha256": model.sha256}}
    client.indices.put_index_template(
        name=f"lookalike-{index}",
        body={
            "index_patterns": [index],
            "priority": 500,
            "composed_of": ["lookalike-document", vectors],
            "template": {
                "settings": {"index": {"number_of_shards": shards}},
                "mappings": {"_meta": meta},
            },
        },
    )
    client.indices.create(index=index)
    return read_contract(client, index), True


def create_failures_index(client: OpenSearch, name: str, option: str) -> None:
    """Make the index of failed rows unless it exists.

    Raises IndexContractError that begins with `option` if there is an index of that name that holds something else.
    """
    if not index_exists(client, name):
        client.indices.create(index=name, body=failures_index())
    for found in client.indices.get_mapping(index=name).values():
        if "lookalike-failures" not in found["mappings"].get("_meta", {}):
            raise IndexContractError(
                f"{option}: {name!r} exists and holds something else; name another index, which is made"
            )


def _require_shards(client: OpenSearch, index: str, shards: int) -> None:
    for name, content in client.indices.get_settings(index=index, name="index.number_of_shards").items():
        found = int(content["settings"]["index"]["number_of_shards"])
        if found != shards:
            raise IndexContractError(
                f"index {name!r} exists with {found} shards, not {shards}, and their number cannot change; "
                "use another name"
            )


def _install(client: OpenSearch, name: str, template: dict[str, object]) -> None:
    """Put a component template unless the cluster has this version of it or a newer one."""
    try:
        installed = client.cluster.get_component_template(name=name)["component_templates"][0]
    except NotFoundError:
        installed = {"component_template": {}}
    if installed["component_template"].get("version", 0) < template["version"]:
        client.cluster.put_component_template(name=name, body=template)


def _install_pipeline(client: OpenSearch) -> None:
    """Put the pipeline unless the cluster has this version of it or a newer one, or no plugin that could run it."""
    wanted = pipeline()
    try:
        installed = client.ingest.get_pipeline(id=_PIPELINE)[_PIPELINE]
    except NotFoundError:
        installed = {}
    if installed.get("version", 0) < wanted["version"]:
        with contextlib.suppress(RequestError):  # a 400: no processor of that type
            client.ingest.put_pipeline(id=_PIPELINE, body=wanted)
