"""What an index says of itself: the model that filled it, how its vectors are stored, which fields it has."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from opensearchpy import NotFoundError, OpenSearch

from lookalike.cluster.whole import whole
from lookalike.errors import IndexContractError
from lookalike.mappings import SPACE

__all__ = ["IndexContract", "ModelRecord", "read_contract", "record_model", "update_record"]


@dataclass(frozen=True)
class ModelRecord:
    """The model whose vectors an index holds."""

    name: str
    sha256: str

    def __str__(self) -> str:
        """`name@sha256[:12]`, as in the field `model`."""
        return f"{self.name}@{self.sha256[:12]}"


@dataclass(frozen=True)
class IndexContract:
    """The parts of an index's mapping that its readers and writers rely on.

    `model` is None for an index that was made from the plain JSON and holds nothing yet; `data_type` is "float" or
    "byte"; `engine` the k-NN engine; `space` the distance; `fields` maps each field's full name to its type, those
    inside nested documents left out.
    """

    index: str
    model: ModelRecord | None
    variant: str
    dimension: int
    data_type: str
    engine: str
    space: str
    fields: dict[str, str]

    def require_model(self, wanted: ModelRecord, dimension: int) -> None:
        """Raise IndexContractError unless vectors of `wanted` belong into this index."""
        if self.model is not None and self.model != wanted:
            raise IndexContractError(
                f"index {self.index!r} holds vectors of model {self.model}, but this is model {wanted}; vectors of "
                "two models cannot be compared. Use that model (--model), or another index."
            )
        if self.dimension != dimension:
            raise IndexContractError(
                f"index {self.index!r} holds vectors of {self.dimension} numbers, but model {wanted} makes "
                f"{dimension}. Use another model (--model), or another index."
            )
        if self.space != SPACE:
            raise IndexContractError(
                f"index {self.index!r} compares vectors by {self.space}, expected {SPACE}. Use another index, or make "
                "one with `lookalike init`."
            )


def read_contract(client: OpenSearch, index: str) -> IndexContract:
    """Read the contract of an index, alias or pattern; all indices behind a name must agree.

    Raises IndexContractError if there is none, if it is not Lookalike's, or if they differ.
    """
    if not index or not index.isprintable():
        raise IndexContractError(f"{index!r} cannot name an index")
    try:
        answer = client.indices.get_mapping(index=index)
    except NotFoundError:
        answer = {}
    if not answer:
        raise IndexContractError(
            f"index {index!r} does not exist. {_known_indices(client)} "
            f"Make it with `lookalike ingest FOLDER --index {index}`."
        )
    contracts = [_parse(name, content["mappings"]) for name, content in sorted(answer.items())]
    first = contracts[0]
    for other in contracts[1:]:
        for part in ("model", "dimension", "data_type", "engine", "space"):
            if getattr(other, part) != getattr(first, part):
                raise IndexContractError(
                    f"{index!r} stands for indices that differ in their {part}: {first.index!r} has "
                    f"{getattr(first, part)}, {other.index!r} has {getattr(other, part)}. Search one of them."
                )
    fields = {name: kind for contract in contracts for name, kind in contract.fields.items()}
    return replace(first, index=index, fields=fields)


def record_model(client: OpenSearch, contract: IndexContract, model: ModelRecord) -> None:
    """Write into an index made from the plain JSON, and still empty, which model fills it.

    Raises IndexContractError if it holds documents, since nobody knows which model made their vectors.
    """
    client.indices.refresh(index=contract.index)
    count = whole(client.count(index=contract.index), contract.index)["count"]
    if count:
        raise IndexContractError(
            f"index {contract.index!r} holds {count} documents, but does not record the model of their vectors "
            "(`_meta.lookalike` in its mapping); use another index"
        )
    entries = {"variant": contract.variant, "model": model.name, "sha256": model.sha256}
    update_record(client, contract.index, entries)


def update_record(client: OpenSearch, index: str, entries: Mapping[str, Any]) -> None:
    """Write entries into `_meta.lookalike` of each index behind a name; None takes one out."""
    for name, content in client.indices.get_mapping(index=index).items():
        meta = content["mappings"]["_meta"]
        record = {**meta["lookalike"], **entries}
        meta["lookalike"] = {key: value for key, value in record.items() if value is not None}
        client.indices.put_mapping(index=name, body={"_meta": meta})


def _parse(index: str, mapping: dict[str, Any]) -> IndexContract:
    embedding = mapping.get("properties", {}).get("embedding", {})
    meta = mapping.get("_meta", {}).get("lookalike")
    if not isinstance(meta, dict) or embedding.get("type") != "knn_vector":
        raise IndexContractError(
            f"index {index!r} was not made by Lookalike: expected `_meta.lookalike` and a knn_vector field "
            "`embedding` in its mapping. Use another name, or make one with `lookalike init`."
        )
    model = ModelRecord(str(meta["model"]), str(meta["sha256"])) if "model" in meta and "sha256" in meta else None
    method = embedding.get("method", {})
    return IndexContract(
        index=index,
        model=model,
        variant=meta.get("variant", "float"),
        dimension=embedding["dimension"],
        data_type=embedding.get("data_type", "float").lower(),
        engine=method.get("engine", "faiss"),
        space=embedding.get("space_type") or method.get("space_type") or "l2",
        fields=dict(_flatten(mapping["properties"])),
    )


def _flatten(properties: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, field in properties.items():
        if "type" in field:
            found.append((prefix + name, field["type"]))
        if field.get("type") != "nested":
            for inner in ("properties", "fields"):
                found += _flatten(field.get(inner, {}), f"{prefix}{name}.")
    return found


def _known_indices(client: OpenSearch) -> str:
    mappings = client.indices.get_mapping(index="*", params={"expand_wildcards": "open"})
    names = sorted(name for name, item in mappings.items() if "lookalike" in item["mappings"].get("_meta", {}))
    return f"Indices of Lookalike here: {', '.join(names)}." if names else "This cluster has none of Lookalike's."
