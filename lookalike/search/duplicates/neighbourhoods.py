"""Asking an index for the nearest documents of many of its own, several requests of many searches at a time."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import opensearchpy
import orjson
import tenacity
from opensearchpy import OpenSearch

from lookalike.cluster.whole import whole
from lookalike.encoder.calibration import Calibration
from lookalike.errors import RequestFailedError
from lookalike.search.duplicates.links import Neighbourhood, neighbours_read
from lookalike.search.duplicates.stored import Stored
from lookalike.search.similarity import similarity_of

__all__ = ["Neighbourhoods"]

_REQUESTS = 3  # at a time
_SEARCHES = 100  # a request at most
_LARGEST = 4_000_000  # bytes of a request
_BUSY = {429, 502, 503, 504}
_PATIENCE = 180  # seconds
_SELF = 1 - 1e-4  # a stored vector's cosine with itself, at least
_READ = "responses.status,responses.error,responses.timed_out,responses._shards,responses.hits.hits"
Found = list[tuple[str, float]]


class _BusyError(Exception):
    """OpenSearch rejected some searches for now."""


class Neighbourhoods:
    """The neighbours of documents, each read as `lookalike search --like` reads them, with the same filters.

    Most pictures have no copy, and looking up the ids of eighty documents takes as long as finding them. So scores
    alone are asked for first, and ids only where the best score may be a copy's: at least `least`, a probability.
    """

    def __init__(
        self,
        client: OpenSearch,
        index: str,
        calibration: Calibration,
        filters: Sequence[dict[str, Any]],
        least: float,
    ) -> None:
        self._client, self._index, self._calibration, self._least = client, index, calibration, least
        self._filter = {"filter": {"bool": {"filter": list(filters)}}} if filters else {}
        self._asked = calibration.neighbourhood.documents

    def of(self, documents: Iterable[Stored]) -> Iterator[list[Neighbourhood]]:
        """The neighbourhood of each document, some at a time; left empty where there is no copy.

        Raises RequestFailedError if OpenSearch answers incompletely or stays busy, and what opensearch-py raises.
        """
        waiting: deque[Future[list[Neighbourhood]]] = deque()
        with ThreadPoolExecutor(_REQUESTS) as pool:
            try:
                for batch in _batches(documents):
                    waiting.append(pool.submit(self._neighbours, batch))
                    if len(waiting) > _REQUESTS:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _neighbours(self, batch: Sequence[Stored]) -> list[Neighbourhood]:
        scores = self._search(batch, {"stored_fields": "_none_"})
        hopeful = [one for one, hits in zip(batch, scores, strict=True) if self._may_have_a_copy(hits)]
        found = self._search(hopeful, {"_source": False}) if hopeful else []
        near = {
            one.id: neighbours_read(self._others(one.id, hits), self._calibration)
            for one, hits in zip(hopeful, found, strict=True)
        }
        return [Neighbourhood(one.id, near.get(one.id, []), len(near.get(one.id, [])) >= self._asked) for one in batch]

    def _may_have_a_copy(self, hits: Found) -> bool:
        """Without ids: the first hit is the document itself, or as alike."""
        others = hits[1:] if hits and hits[0][1] >= _SELF else hits
        read = neighbours_read(others, self._calibration)
        return bool(read) and read[0].probability >= self._least

    def _others(self, key: str, hits: Found) -> Found:
        return [hit for hit in hits if hit[0] != key][: self._asked]

    def _search(self, batch: Sequence[Stored], shown: dict[str, Any]) -> list[Found]:
        """Ids, empty if they are not asked for, and similarities of the nearest to each vector, best first."""
        answers: list[dict[str, Any] | None] = [None] * len(batch)
        lines = [self._lines(one, shown) for one in batch]

        def send() -> None:
            missing = [place for place, answer in enumerate(answers) if answer is None]
            body = b"".join(lines[place] for place in missing)
            responses = self._client.msearch(body=body, params={"filter_path": _READ})["responses"]
            for place, response in zip(missing, responses, strict=True):
                if response["status"] not in _BUSY:
                    answers[place] = _whole(response, self._index)
            if None in answers:
                raise _BusyError

        try:
            _patient(send)
        except _BusyError as error:
            raise RequestFailedError(
                f"OpenSearch has rejected searches for {_PATIENCE} s; is it overloaded?", 429
            ) from error
        return [_found(answer) for answer in answers if answer is not None]

    def _lines(self, one: Stored, shown: dict[str, Any]) -> bytes:
        size = self._asked + 1  # and itself
        query = {"knn": {"embedding": {"vector": one.vector, "k": size, **self._filter}}}
        header = orjson.dumps({"index": self._index})
        return header + b"\n" + orjson.dumps({"size": size, "query": query, **shown}) + b"\n"


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, opensearchpy.ConnectionError):
        return not isinstance(error, opensearchpy.SSLError)
    busy = isinstance(error, opensearchpy.TransportError) and error.status_code in _BUSY
    return busy or isinstance(error, _BusyError)


_patient = tenacity.Retrying(
    stop=tenacity.stop_after_delay(_PATIENCE),
    wait=tenacity.wait_random_exponential(multiplier=0.2, max=8),
    retry=tenacity.retry_if_exception(_may_pass),
    reraise=True,
)


def _batches(documents: Iterable[Stored]) -> Iterator[list[Stored]]:
    """As many documents as fit into a request."""
    batch: list[Stored] = []
    for one in documents:
        batch.append(one)
        if len(batch) >= min(_SEARCHES, max(1, _LARGEST // (24 * len(one.vector)))):
            yield batch
            batch = []
    if batch:
        yield batch


def _whole(response: dict[str, Any], index: str) -> dict[str, Any]:
    if "error" in response:
        error = response["error"]
        cause = next(iter(error.get("root_cause", ())), error)  # none where no shard is there
        raise RequestFailedError(f"OpenSearch answered {response['status']}: {cause['reason']}", response["status"])
    return whole(response, index)


def _found(response: dict[str, Any]) -> Found:
    hits = response.get("hits", {}).get("hits", [])
    return [(hit.get("_id", ""), similarity_of(hit["_score"])) for hit in hits]
