"""A manifest of very many rows, few of them sound: every row is counted once, in little memory and good time."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lookalike.ingest.item import item_id
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster

ROWS, SOUND = 200_000, 40
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code, what it said, the most memory that it had resident, and seconds."""

    code: int
    said: str
    megabytes: float
    seconds: float


def ingest(*arguments: str | Path) -> Ended:
    command = [sys.executable, "-m", "lookalike", "ingest", *map(str, arguments)]
    began, most = time.monotonic(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as worker:
        while worker.poll() is None:
            most = max(most, peak(worker.pid))
            time.sleep(0.1)
        assert worker.stdout is not None
        said = worker.stdout.read()
    return Ended(worker.returncode, said, most / MEGABYTE, time.monotonic() - began)


def peak(pid: int) -> int:
    """The most bytes that a process has had resident since it was started; its parent's, which getrusage would count,
    left out."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return 0


def sku(number: int, every: int) -> str:
    """The id of a row; that of a sound one tells how many are before it."""
    return f"G{number}" if number % every else f"S{number // every}"


def rows(count: int) -> Iterator[str]:
    """Lines of a manifest: sound rows, spread over all of it, among those of every fault."""
    every = count // SOUND
    for number in range(count):
        row: dict[str, Any] = {"sku": sku(number, every), "path": f"gone/{number}.jpg", "mixed": number}
        if number % every == 0:
            row |= {"path": f"pictures/picture-{number // every:03}.jpg", "mixed": "text", "price": number / every / 2}
        elif number % 1000 == 1:
            row["sku"] = sku(number - 1, every)
        elif number % 1000 == 2:
            del row["path"]
        elif number % 1000 == 3:
            del row["sku"]
        elif number % 1000 == 4:
            yield '{"sku": "S'
            continue
        elif number % 1000 == 5:
            yield json.dumps([number])
            continue
        elif number % 1000 == 6:
            row["path"] = number
        yield json.dumps(row)


def test_every_row_of_a_large_manifest_is_counted_once_in_little_memory(
    client: OpenSearch, index: str, connection: object, tmp_path: Path
) -> None:
    save_pictures(tmp_path / "pictures", SOUND)
    used = {}
    for count in (ROWS // 10, ROWS):
        manifest, failed = tmp_path / f"{count}.jsonl", tmp_path / f"{count}-failed.jsonl"
        manifest.write_text("".join(f"{line}\n" for line in rows(count)))
        used[count] = ended = ingest(manifest, "--index", index, "--id-column", "sku", "--failed", failed)
        assert ended.code == 3
        done = f"{SOUND} written, 0 unchanged" if count < ROWS else f"0 written, {SOUND} unchanged"
        assert f"{index}: {done}, {count - SOUND} failed" in ended.said
        reasons = Counter(kind(json.loads(line)["reason"]) for line in failed.read_text().splitlines())
        few = count // 1000
        assert reasons == {
            "No such file or directory": count - SOUND - 6 * few,
            "its id was there before in this run": few,
            "no path or URL in the column 'path'": 2 * few,
            "no id in the column 'sku'": few,
            "not JSON": few,
            "expected a JSON object, found list": few,
        }
    assert used[ROWS].megabytes < 300
    assert used[ROWS].megabytes < used[ROWS // 10].megabytes + 40, used  # whatever the number of rows
    assert used[ROWS].seconds < 120

    found = client.search(index=index, body={"size": 1000, "_source": ["metadata"], "query": {"match_all": {}}})
    documents = {hit["_id"]: hit["_source"]["metadata"] for hit in found["hits"]["hits"]}
    assert documents == {
        item_id(f"S{number}"): {"filename": f"picture-{number:03}.jpg", "mixed": "text", "price": number / 2}
        for number in range(SOUND)
    }


def kind(reason: str) -> str:
    """A reason without what differs from row to row."""
    return reason.partition(": ")[0]
