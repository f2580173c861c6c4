"""Building the request of a search."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["knn_request", "stored_vector_request"]

_SHOWN = ["image_url", "metadata", "width", "height", "format"]


def knn_request(
    vector: NDArray[np.float32] | NDArray[np.int8] | list[float],
    k: int,
    filters: Sequence[dict[str, Any]] = (),
    exclude: str | None = None,
    min_score: float | None = None,
    thumbnails: bool = False,
) -> dict[str, Any]:
    """The request for the `k` nearest documents that satisfy every filter, best first.

    `exclude` is the id of a document to leave out; `min_score` drops hits below it, on OpenSearch's scale of 0 to 1.
    Filters apply during the search, so `k` answers come back whenever `k` documents satisfy them.
    """
    clauses: dict[str, Any] = {}
    if filters:
        clauses["filter"] = list(filters)
    if exclude is not None:
        clauses["must_not"] = [{"ids": {"values": [exclude]}}]
    values = vector if isinstance(vector, list) else vector.tolist()
    knn: dict[str, Any] = {"vector": values, "k": k}
    if clauses:
        knn["filter"] = {"bool": clauses}
    request: dict[str, Any] = {
        "size": k,
        "query": {"knn": {"embedding": knn}},
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
