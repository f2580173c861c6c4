"""What an index says of itself: the model that filled it, how its vectors are stored, which fields it has."""

from dataclasses import dataclass
from typing import Any

from opensearchpy import NotFoundError, OpenSearch

from lookalike.errors import IndexContractError

__all__ = ["IndexContract", "ModelRecord", "read_contract", "record_model"]


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
    "byte"; `engine` the k-NN engine; `fields` maps each field's full name to its type.
    """

    index: str
    model: ModelRecord | None
    variant: str
    dimension: int
    data_type: str
    engine: str
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


def read_contract(client: OpenSearch, index: str) -> IndexContract:
    """Read the contract of an index, alias or pattern; all indices behind a name must agree.

    Raises IndexContractError if there is none, if it is not Lookalike's, or if they differ.
    """
    try:
        answer = client.indices.get_mapping(index=index)
    except NotFoundError:
        answer = {}
    if not answer:
        raise IndexContractError(
            f"index {index!r} does not exist. {_known_indices(client)} "
            f"Make it with `lookalike ingest FOLDER --index {index}`."
        )
    contracts = [_parse(name, content["mappings"]) for name, content in answer.items()]
    for other in contracts[1:]:
        if (other.model, other.data_type) != (contracts[0].model, contracts[0].data_type):
            raise IndexContractError(
                f"{index!r} stands for indices of different models: {contracts[0].index!r} has {contracts[0].model}, "
                f"{other.index!r} has {other.model}. Search one of them."
            )
    fields = {name: kind for contract in contracts for name, kind in contract.fields.items()}
    first = contracts[0]
    return IndexContract(index, first.model, first.variant, first.dimension, first.data_type, first.engine, fields)


def record_model(client: OpenSearch, contract: IndexContract, model: ModelRecord) -> None:
    """Write into an index made from the plain JSON which model fills it."""
    meta = {"lookalike": {"variant": contract.variant, "model": model.name, "sha256": model.sha256}}
    client.indices.put_mapping(index=contract.index, body={"_meta": meta})


def _parse(index: str, mapping: dict[str, Any]) -> IndexContract:
    embedding = mapping.get("properties", {}).get("embedding", {})
    meta = mapping.get("_meta", {}).get("lookalike")
    if meta is None or embedding.get("type") != "knn_vector":
        raise IndexContractError(
            f"index {index!r} was not made by Lookalike: expected `_meta.lookalike` and a knn_vector field "
            "`embedding` in its mapping. Use another name, or make one with `lookalike init`."
        )
    model = ModelRecord(meta["model"], meta["sha256"]) if "model" in meta else None
    return IndexContract(
        index=index,
        model=model,
        variant=meta.get("variant", "float"),
        dimension=embedding["dimension"],
        data_type=embedding.get("data_type", "float").lower(),
        engine=embedding.get("method", {}).get("engine", "faiss"),
        fields=dict(_flatten(mapping["properties"])),
    )


def _flatten(properties: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, field in properties.items():
        if "type" in field:
            found.append((prefix + name, field["type"]))
        for inner in ("properties", "fields"):
            found += _flatten(field.get(inner, {}), f"{prefix}{name}.")
    return found


def _known_indices(client: OpenSearch) -> str:
    mappings = client.indices.get_mapping(index="*", params={"expand_wildcards": "open"})
    names = sorted(name for name, item in mappings.items() if "lookalike" in item["mappings"].get("_meta", {}))
    return f"Indices of Lookalike here: {', '.join(names)}." if names else "This cluster has none of Lookalike's."
