"""Reading OpenSearch's answer into ranked hits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from lookalike.encoder.calibration import Calibration
from lookalike.encoder.normalise import normalise
from lookalike.search.places import Place
from lookalike.search.similarity import similarity_of
from lookalike.search.source import number_in, object_in, text_in

__all__ = ["Answer", "Hit", "described", "file_name", "metadata_facts", "read_hits"]

_PLACES_DRAWN = 3


@dataclass(frozen=True)
class Hit:
    """One picture of an answer; `index` is where it is, because a pattern may name several.

    `score` is OpenSearch's, 0 to 1; `similarity` the cosine of the two embeddings, -1 to 1; `probability` that the hit
    is a copy of the query, and `verdict` the words for it, None and empty until the model is calibrated. `thumbnail` is
    a JPEG as base64 where it was fetched. `places` are where in the picture, best first, if regions were searched.
    `overlap` is the share of the query, 0 to 1, that was verified to be on the picture.
    """

    rank: int
    id: str
    score: float
    similarity: float
    probability: float | None
    image_url: str
    metadata: dict[str, Any] = field(default_factory=dict)
    width: int = 0
    height: int = 0
    thumbnail: str | None = None
    verdict: str = ""
    places: Sequence[Place] = ()
    overlap: float | None = None
    index: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.metadata.get("filename") or file_name(self.image_url) or self.id)

    @property
    def boxes(self) -> list[dict[str, float]]:
        """Where to draw its first places, in fractions of its sides."""
        if not self.width or not self.height:
            return []
        sides = {"x": self.width, "y": self.height, "width": self.width, "height": self.height}
        return [
            {name: getattr(place.box, name) / side for name, side in sides.items()}
            for place in self.places[:_PLACES_DRAWN]
        ]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The metadata, as `metadata_facts` tells it."""
        return metadata_facts(self.metadata)

    def as_json(self) -> dict[str, Any]:
        """The keys that scripts rely on (Contract 5)."""
        found = [place.as_json() for place in self.places]
        best = {key: found[0][key] for key in ("box", "magnification", "region")} if found else {}
        return {
            "rank": self.rank,
            "id": self.id,
            "score": self.score,
            "similarity": self.similarity,
            "probability": self.probability,
            "image_url": self.image_url,
            "metadata": self.metadata,
            **best,
            **({} if self.overlap is None else {"overlap": self.overlap}),
            **({"places": found} if found else {}),
        }


@dataclass(frozen=True)
class Answer:
    """A question and its hits, best first.

    `query_thumbnail` is a JPEG as base64, or None; `query_region` the part of it that was asked for, in fractions;
    `request` what OpenSearch was asked, in its query DSL.
    """

    question: str
    hits: list[Hit]
    milliseconds: int
    query_thumbnail: str | None = None
    query_region: Mapping[str, float] | None = None
    request: Mapping[str, Any] = field(default_factory=dict)


def read_hits(response: dict[str, Any], calibration: Calibration | None = None) -> list[Hit]:
    """Hits of a search response, in its order, without what their documents say: `described` adds that.

    With a calibration the response should hold as many hits as its neighbourhood asks for, whatever is shown of them:
    what a similarity means is read from those of the others.
    """
    found = response["hits"]["hits"]
    similarities = [similarity_of(hit["_score"]) for hit in found]
    meanings = _meanings(similarities, calibration)
    return [
        Hit(rank, hit["_id"], hit["_score"], similarity, probability, "", verdict=verdict, index=hit["_index"])
        for rank, (hit, similarity, (probability, verdict)) in enumerate(
            zip(found, similarities, meanings, strict=True), start=1
        )
    ]


def described(hit: Hit, found: dict[str, Any]) -> Hit:
    """A hit with what its document says, as OpenSearch found it."""
    source = found["_source"]
    return replace(
        hit,
        image_url=text_in(source, "image_url"),
        metadata=object_in(source, "metadata"),
        width=number_in(source, "width"),
        height=number_in(source, "height"),
        thumbnail=text_in(source, "thumbnail") or None,
    )


def _meanings(similarities: Sequence[float], calibration: Calibration | None) -> list[tuple[float | None, str]]:
    """Probability and verdict of each hit."""
    if calibration is None or not similarities:
        return [(None, "")] * len(similarities)
    scores = normalise(similarities, calibration.background, calibration.neighbourhood).tolist()
    return [(round(calibration.probability(score), 4), calibration.words(score)) for score in scores]


def metadata_facts(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The metadata as texts, by key (OpenSearch keeps no order); without the file name, which is the title."""
    texts = {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in metadata.items()
    }
    return sorted((key, text) for key, text in texts.items() if key != "filename")


def file_name(image_url: str) -> str:
    """The last part of a URL, for people."""
    return unquote(image_url.rpartition("/")[2])
