"""A search of the page's, answered: by a picture that was given, like an indexed one, or whatever the index holds."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from lookalike.encoder.image_file import file_of
from lookalike.search.answers import Answer, Hit, described
from lookalike.search.link import followable
from lookalike.search.query import SHOWN
from lookalike.search.searcher import Searcher, Wanted
from lookalike.search.web.asked import MOST_SHOWN, Asked
from lookalike.search.web.facets import facets_request, read_facets
from lookalike.search.web.filtering import as_filters, by_field, joined
from lookalike.search.web.images import IndexedImages
from lookalike.search.web.uploads import Uploads, read_upload

__all__ = ["Answering"]

_FRESH = 30  # seconds that what the index says of itself is believed
_LINKED = {"http", "https"}  # a page of the web may not lead to files


class Answering:
    """Answers from several threads at once."""

    def __init__(self, searcher: Searcher, uploads: Uploads, images: IndexedImages) -> None:
        self._searcher, self._uploads, self._images = searcher, uploads, images
        self._read_at = time.monotonic()
        self._reading = Lock()

    def search(self, asked: Asked) -> dict[str, Any]:
        """The hits wanted as JSON, and whether there are more. Raises what the searcher raises, and GoneError."""
        if not asked.picture and not asked.like:
            return self._browse(asked)
        answer = self._answer(asked, asked.shown + 1, thumbnails=True)
        hits = answer.hits[asked.first : asked.shown]
        return {
            "name": answer.question,
            "hits": [_as_json(hit) for hit in hits],
            "more": len(answer.hits) > asked.shown < MOST_SHOWN,
            "milliseconds": answer.milliseconds,
            "judged": any(hit.verdict for hit in hits),
        }

    def query(self, asked: Asked) -> Mapping[str, Any]:
        """What OpenSearch is asked, to be asked by anybody else: with the fields to show, as many as are shown."""
        if not asked.picture and not asked.like:
            return {**self._browsing(asked), "_source": SHOWN}
        answer = self._answer(asked, asked.shown, thumbnails=False)
        return {**answer.request, "size": asked.shown, "_source": SHOWN}

    def facets(self, asked: Asked) -> dict[str, Any]:
        """The facets of the index while the filters hold."""
        fields = self._fields()
        groups = by_field(asked.filters, fields)
        return read_facets(self._searcher.search(facets_request(groups, fields)), groups, fields)

    def _answer(self, asked: Asked, k: int, thumbnails: bool) -> Answer:
        wanted = Wanted(
            max(k, 1),
            self._filters(asked),
            thumbnails=thumbnails,
            preview=False,
            views=asked.views,
            in_regions=asked.in_regions,
            more_like=asked.more_like,
            less_like=asked.less_like,
        )
        return self._asked_for(asked, wanted)

    def _asked_for(self, asked: Asked, wanted: Wanted) -> Answer:
        if not asked.picture and not asked.part:
            return self._searcher.by_id(asked.like, wanted)
        # Of an indexed picture only the vectors of its whole and of the regions that were cut are stored.
        upload = self._uploads.find(asked.picture) if asked.picture else read_upload(*self._images.file(asked.like))
        box = asked.part.box(upload.width, upload.height) if asked.part else None
        answer = self._searcher.by_image(upload.data, replace(wanted, region=box))
        return replace(answer, question=upload.name)

    def _browse(self, asked: Asked) -> dict[str, Any]:
        began = time.monotonic()
        request = self._browsing(asked)
        request |= {"from": asked.first, "size": asked.shown - asked.first + 1}
        found = self._searcher.search({**request, "_source": [*SHOWN, "thumbnail"]})["hits"]["hits"]
        hits = [
            described(Hit(rank, one["_id"], 0, 0, None, "", index=one["_index"]), one)
            for rank, one in enumerate(found, asked.first + 1)
        ]
        count = asked.shown - asked.first
        return {
            "name": "",
            "hits": [_as_json(hit) for hit in hits[:count]],
            "more": len(hits) > count and asked.shown < MOST_SHOWN,
            "milliseconds": round(1000 * (time.monotonic() - began)),
            "judged": False,
        }

    def _browsing(self, asked: Asked) -> dict[str, Any]:
        fields = self._fields()
        query = {"bool": {"filter": joined(by_field(asked.filters, fields), fields)}}
        order = [{"ingested_at": {"order": "desc", "unmapped_type": "date"}}, {"image_url": "asc"}]
        return {"size": asked.shown, "query": query, "sort": order}

    def _filters(self, asked: Asked) -> Sequence[str]:
        fields = self._fields()
        return as_filters(by_field(asked.filters, fields), fields)

    def _fields(self) -> Mapping[str, str]:
        if time.monotonic() - self._read_at > _FRESH and self._reading.acquire(blocking=False):
            try:
                self._searcher.read_index()
                self._read_at = time.monotonic()
            finally:
                self._reading.release()
        return self._searcher.contract.fields


def _as_json(hit: Hit) -> dict[str, Any]:
    """What the page shows of a hit."""
    return {
        **hit.as_json(),
        "verdict": hit.verdict,
        "name": hit.name,
        "facts": hit.facts,
        "width": hit.width,
        "height": hit.height,
        "thumbnail": hit.thumbnail,
        "boxes": hit.boxes,
        "file": file_of(hit.image_url) is not None,
        "link": followable(hit.image_url, _LINKED),
    }
