"""Building the request of a search."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Clause",
    "image_clause",
    "knn_clause",
    "places_request",
    "region_search_request",
    "search_request",
    "stored_vector_request",
    "thumbnails_request",
]

_SHOWN = ["image_url", "metadata", "width", "height", "format"]
_REGIONS_SHOWN = 30  # of one image, before those that overlap are merged
_REGIONS_FIELD = "regions.embedding"
# Read from columns, because the source of a document with many regions is long.
_REGION_FACTS = [*(f"regions.box.{side}" for side in ("x", "y", "width", "height")), "regions.magnification"]


@dataclass(frozen=True)
class Clause:
    """A clause of the query DSL by name, and its parameters without field, `k` and filter; of several, the best score
    counts."""

    name: str
    parameters: Sequence[dict[str, Any]]

    def on(self, field: str, limits: Mapping[str, Any]) -> dict[str, Any]:
        """The query that searches a field of vectors."""
        queries = [{self.name: {field: {**parameters, **limits}}} for parameters in self.parameters]
        return queries[0] if len(queries) == 1 else {"dis_max": {"queries": queries}}


def knn_clause(vectors: NDArray[np.float32] | NDArray[np.int8]) -> Clause:
    """What is nearest to one of the vectors `[N, D]`."""
    return Clause("knn", [{"vector": vector} for vector in vectors.tolist()])


def image_clause(
    image: bytes, model: str, region: Mapping[str, float] | None = None, views: Sequence[str] = ()
) -> Clause:
    """What looks like an encoded picture, or its region (`x`, `y`, `width`, `height`, fractions); the plugin embeds it.

    `views` may hold `flip` and `rotations`.
    """
    parameters: dict[str, Any] = {"image": base64.b64encode(image).decode(), "model": model}
    if region:
        parameters["region"] = dict(region)
    if views:
        parameters["views"] = list(views)
    return Clause("lookalike", [parameters])


def search_request(
    clause: Clause, k: int, filters: Sequence[dict[str, Any]] = (), exclude: Sequence[str] = ()
) -> dict[str, Any]:
    """The request for the `k` documents nearest by `clause` that satisfy every filter, best first.

    `exclude` holds the ids of documents to leave out.
    Filters apply during the search, so `k` answers come back whenever `k` documents satisfy them.
    """
    return _request(clause.on("embedding", _limits(k, filters, exclude)), k)


def region_search_request(
    clause: Clause, k: int, filters: Sequence[dict[str, Any]] = (), exclude: Sequence[str] = ()
) -> dict[str, Any]:
    """As `search_request`, but each document is as near as the nearest of its regions; ids and scores alone.

    OpenSearch would read the whole source of every document, with the vectors of all its regions.
    """
    query = clause.on(_REGIONS_FIELD, _limits(k, filters, exclude))
    return {"size": k, "query": {"nested": {"path": "regions", "score_mode": "max", "query": query}}, "_source": False}


def places_request(
    clause: Clause, ids: Sequence[str], magnification: tuple[float, float] | None = None
) -> dict[str, Any]:
    """The request for some documents with their nearest regions, as inner hits; the scores of these are exact.

    `magnification`, lowest and highest, leaves out other regions, and documents that have no such one.
    """
    limits = {"k": len(ids), "filter": {"ids": {"values": list(ids)}}, "expand_nested_docs": True}
    query = clause.on(_REGIONS_FIELD, limits)
    if magnification:
        low, high = magnification
        query = {"bool": {"must": [query], "filter": [{"range": {"regions.magnification": {"gte": low, "lte": high}}}]}}
    inner = {"size": _REGIONS_SHOWN, "_source": False, "docvalue_fields": _REGION_FACTS}
    nested = {"path": "regions", "score_mode": "max", "query": query, "inner_hits": inner}
    return _request({"nested": nested}, len(ids))


def thumbnails_request(ids: Sequence[str]) -> dict[str, Any]:
    """The request for the thumbnails of some documents."""
    return {"size": len(ids), "query": {"ids": {"values": list(ids)}}, "_source": {"includes": ["thumbnail"]}}


def stored_vector_request(document_id: str, with_regions: bool = False) -> dict[str, Any]:
    """The request for the stored vector, and the thumbnail, of one document."""
    # k-NN fills in a nested vector only if the field itself is asked for, not the object around it.
    fields = ["embedding", "image_url", "thumbnail", *([_REGIONS_FIELD] if with_regions else [])]
    return {"size": 1, "query": {"ids": {"values": [document_id]}}, "_source": {"includes": fields}}


def _limits(k: int, filters: Sequence[dict[str, Any]], exclude: Sequence[str]) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    if filters:
        conditions["filter"] = list(filters)
    if exclude:
        conditions["must_not"] = [{"ids": {"values": list(exclude)}}]
    return {"k": k, **({"filter": {"bool": conditions}} if conditions else {})}


def _request(query: dict[str, Any], k: int) -> dict[str, Any]:
    return {"size": k, "query": query, "_source": {"includes": _SHOWN}}
