"""Building the request of a search."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["image_clause", "knn_clause", "search_request", "stored_vector_request", "thumbnails_request"]

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
) -> dict[str, Any]:
    """The request for the `k` documents nearest by `clause` that satisfy every filter, best first.

    `exclude` is the id of a document to leave out.
    Filters apply during the search, so `k` answers come back whenever `k` documents satisfy them.
    """
    conditions: dict[str, Any] = {}
    if filters:
        conditions["filter"] = list(filters)
    if exclude is not None:
        conditions["must_not"] = [{"ids": {"values": [exclude]}}]
    ((name, body),) = clause.items()
    limits = {"k": k, **({"filter": {"bool": conditions}} if conditions else {})}
    return {
        "size": k,
        "query": {name: {"embedding": {**body["embedding"], **limits}}},
        "_source": {"includes": _SHOWN},
    }


def thumbnails_request(ids: Sequence[str]) -> dict[str, Any]:
    """The request for the thumbnails of some documents."""
    return {"size": len(ids), "query": {"ids": {"values": list(ids)}}, "_source": {"includes": ["thumbnail"]}}


def stored_vector_request(document_id: str) -> dict[str, Any]:
    """The request for the stored vector, and the thumbnail, of one document."""
    return {
        "size": 1,
        "query": {"ids": {"values": [document_id]}},
        "_source": {"includes": ["embedding", "image_url", "thumbnail"]},
    }
