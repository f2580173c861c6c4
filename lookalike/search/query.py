"""Building the request of a search."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["image_clause", "knn_clause", "search_request", "stored_vector_request"]

_SHOWN = ["image_url", "metadata", "width", "height", "format"]


def knn_clause(vector: NDArray[np.float32] | NDArray[np.int8] | list[float]) -> dict[str, Any]:
    """The clause for what is nearest to a vector, without its `k` and filter."""
    return {"knn": {"embedding": {"vector": vector if isinstance(vector, list) else vector.tolist()}}}


def image_clause(image: bytes, model: str) -> dict[str, Any]:
    """The clause for what looks like an encoded picture, without its `k` and filter; the plugin embeds the picture."""
    return {"lookalike": {"embedding": {"image": base64.b64encode(image).decode(), "model": model}}}


def search_request(
    clause: dict[str, Any],
    k: int,
    filters: Sequence[dict[str, Any]] = (),
    exclude: str | None = None,
    min_score: float | None = None,
    thumbnails: bool = False,
) -> dict[str, Any]:
    """The request for the `k` documents nearest by `clause` that satisfy every filter, best first.

    `exclude` is the id of a document to leave out; `min_score` drops hits below it, on OpenSearch's scale of 0 to 1.
    Filters apply during the search, so `k` answers come back whenever `k` documents satisfy them.
    """
    conditions: dict[str, Any] = {}
    if filters:
        conditions["filter"] = list(filters)
    if exclude is not None:
        conditions["must_not"] = [{"ids": {"values": [exclude]}}]
    ((name, body),) = clause.items()
    limits = {"k": k, **({"filter": {"bool": conditions}} if conditions else {})}
    request: dict[str, Any] = {
        "size": k,
        "query": {name: {"embedding": {**body["embedding"], **limits}}},
        "_source": {"includes": [*_SHOWN, "thumbnail"] if thumbnails else _SHOWN},
    }
    if min_score is not None:
        request["min_score"] = min_score
    return request


def stored_vector_request(document_id: str) -> dict[str, Any]:
    """The request for the stored vector, and the thumbnail, of one document."""
    return {
        "size": 1,
        "query": {"ids": {"values": [document_id]}},
        "_source": {"includes": ["embedding", "image_url", "thumbnail"]},
    }
