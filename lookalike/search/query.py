"""Building the request of a search."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SHOWN",
    "Clause",
    "Document",
    "documents_request",
    "image_clause",
    "knn_clause",
    "places_request",
    "regions_request",
    "search_request",
    "stored_vector_request",
]

Document = tuple[str, str]  # its index and its id

SHOWN = ["image_url", "metadata", "width", "height"]  # of a document, as a hit
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
    clause: Clause,
    k: int,
    filters: Sequence[dict[str, Any]] = (),
    exclude: Sequence[str] = (),
    in_regions: bool = False,
) -> dict[str, Any]:
    """The request for ids and scores of the `k` documents nearest by `clause` that satisfy every filter, best first.

    `exclude` holds ids of documents to leave out. With `in_regions` a document is as near as its nearest region.
    Filters apply during the search, so `k` answers come back whenever `k` documents satisfy them. Sources are asked for
    later, of the documents shown: OpenSearch would read all of each, with the vectors of all its regions.
    """
    limits = _limits(k, filters, exclude)
    query = clause.on(_REGIONS_FIELD if in_regions else "embedding", limits)
    if in_regions:
        query = {"nested": {"path": "regions", "score_mode": "max", "query": query}}
    return {"size": k, "query": query, "_source": False}


def places_request(
    clause: Clause, documents: Sequence[Document], magnification: tuple[float, float] | None = None
) -> dict[str, Any]:
    """The request for the regions of some documents that are nearest, as inner hits; the scores of these are exact.

    `magnification`, lowest and highest, leaves out other regions, and documents that have no such one.
    """
    limits = {"k": len(documents), "filter": _any_of(documents), "expand_nested_docs": True}
    query = clause.on(_REGIONS_FIELD, limits)
    if magnification:
        low, high = magnification
        query = {"bool": {"must": [query], "filter": [{"range": {"regions.magnification": {"gte": low, "lte": high}}}]}}
    inner = {"size": _REGIONS_SHOWN, "_source": False, "docvalue_fields": _REGION_FACTS}
    nested = {"path": "regions", "score_mode": "max", "query": query, "inner_hits": inner}
    return {"size": len(documents), "query": {"nested": nested}, "_source": False}


def documents_request(documents: Sequence[Document], thumbnails: bool) -> dict[str, Any]:
    """The request for what is shown of some documents, with their thumbnails if these are."""
    fields = [*SHOWN, *(["thumbnail"] if thumbnails else [])]
    return {"size": len(documents), "query": _any_of(documents), "_source": {"includes": fields}}


def regions_request() -> dict[str, Any]:
    """The request that tells, by a count above 0, whether any document has regions."""
    return {"size": 0, "query": {"exists": {"field": "tiling"}}, "terminate_after": 1}


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


def _any_of(documents: Sequence[Document]) -> dict[str, Any]:
    """A document's id is its own in its index only, and a pattern may name several."""
    ids: dict[str, list[str]] = {}
    for index, key in documents:
        ids.setdefault(index, []).append(key)
    ones = [{"bool": {"filter": [{"term": {"_index": index}}, {"ids": {"values": ids[index]}}]}} for index in ids]
    return {"bool": {"should": ones}}
