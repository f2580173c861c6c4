"""Very many images end to end: `python -m benchmarks.ingest_large FOLDER SOURCE... --images 100000`.

FOLDER is filled with that many distinct JPEG files of 256 to 400 pixels, crops of the images below SOURCE; what is
there already is kept, so the command may be stopped and repeated. They are ingested into a new index of one shard by
`lookalike ingest` in a process of its own, with its defaults. Its resident memory is looked at twice a second, and the
node's: that includes files mapped into memory, such as the index's; in brackets is what does not.

Then: what the index and the checkpoint take; the same command again; searches by image (`lookalike` clause, k = 10, one
client, each with another image that is in the index) as ingest left the index and after a merge into one segment; two
small indices with and without thumbnails. A document missing, or a tenth of the images that do not find themselves,
ends the program.

Progress goes to standard error, a table and whether bounds hold to standard output. Needs a local node with the plugin
(`lookalike up`) and about 3 GB of disk for 100,000 images; the indices are deleted at the end.
"""

import argparse
import base64
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
from opensearchpy import OpenSearch, OpenSearchException

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.crops import Crops, write_crops
from benchmarks.index_size import merge, size_of
from benchmarks.ingest_run import IngestRun, connection_settings, finished, ingest, own_index, own_state, start_ingest
from benchmarks.node_process import local_node_pids
from benchmarks.plugin_index import Connection
from benchmarks.program import run_program, tell
from benchmarks.sampling import Sample, peak, sampled
from lookalike.cluster.settings import ConnectionSettings
from lookalike.ingest.folders import list_images
from lookalike.ingest.item import item_id

INDEX = "lookalike-benchmark-large"
MEGABYTE = 1_000_000
QUERIES, WARM_UP, K = 200, 50, 10
SHARES = ((0.0, 0.1), (0.1, 0.5), (0.5, 1.0))
MOST_RESIDENT = 1.5e9  # bytes
LEAST_FOUND = 0.9
TOLD_EVERY = 10  # seconds

Row = tuple[str, str]


def main() -> None:
    """Make the images, measure, print the table."""
    arguments = _arguments()
    settings = connection_settings()
    nodes = local_node_pids(settings.url)
    sources = [image.path for image in list_images(arguments.sources)]
    files = write_crops(sources, arguments.folder, Crops(arguments.images, seed=arguments.seed), _told_images())
    taken = sum(file.stat().st_size for file in files)
    rows: list[Row] = [("images", f"{len(files):,}, {taken / len(files) / 1000:.1f} kB each")]
    with ExitStack() as stack:
        client = stack.enter_context(own_index(INDEX, settings))
        _require_plugin(client, settings)
        state = stack.enter_context(own_state())
        print(conditions(client), end="\n\n", flush=True)
        run, samples = _watched_run(client, arguments.folder, len(files), nodes)
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024  # the run was the only child so far
        rows += _speed(run, len(files)) + _memory(samples, len(files), most)
        rows += _index(client, "as ingest left it", len(files))
        checkpoint = sum(file.stat().st_size for file in state.rglob("*") if file.is_file())
        rows.append(("checkpoint", f"{checkpoint / MEGABYTE:.1f} MB, {checkpoint / len(files):.0f} bytes an image"))
        tell("the same again")
        again = ingest([arguments.folder], INDEX, written=0, unchanged=len(files))
        faster = run.process_seconds / again.process_seconds
        rows.append(("the same command again", f"{again.process_seconds:.0f} s ({faster:.1f} times as fast)"))
        rows.append(_latency(settings, files, "as ingest left the index"))
        tell("merging")
        began = time.perf_counter()
        merge(client, INDEX)
        rows.append(("merge into one segment", f"{time.perf_counter() - began:.0f} s"))
        rows += _index(client, "merged", len(files))
        rows.append(_latency(settings, files, "merged"))
        rows += _thumbnails(settings, files)
    print("| | |\n|---|---|")
    for title, value in rows:
        print(f"| {title} | {value} |")
    print("\n" + bound("every image is in the index", f"{len(files):,}", True))
    text = f"worker resident at most {MOST_RESIDENT / MEGABYTE:,.0f} MB"
    print(bound(text, f"{most / MEGABYTE:.0f} MB", most <= MOST_RESIDENT))


def _watched_run(client: OpenSearch, folder: Path, images: int, nodes: list[int]) -> tuple[IngestRun, list[Sample]]:
    """The run, and what it held meanwhile; ends the program unless every image is in the index."""
    told, indexed = 0.0, 0

    def documents() -> int:
        """Of an index that is not refreshed; as many as before if the node does not say, or there is no index yet."""
        nonlocal indexed
        with suppress(OpenSearchException):
            stats = client.indices.stats(index=INDEX, metric="indexing")
            indexed = int(stats["_all"]["primaries"]["indexing"]["index_total"])
        return indexed

    def tell_sample(sample: Sample) -> None:
        nonlocal told
        if sample.seconds - told >= TOLD_EVERY:
            told = sample.seconds
            tell(
                f"{sample.documents:,} of {images:,} images after {sample.seconds:.0f} s; worker "
                f"{sample.run / MEGABYTE:.0f} MB, node {sample.node / MEGABYTE:.0f} MB"
            )

    began = time.perf_counter()
    process = start_ingest([folder], INDEX)
    try:
        with sampled(process.pid, nodes, documents, tell_sample) as samples:
            run = finished(process, began, written=images, unchanged=0)
    finally:
        process.kill()
    count = client.count(index=INDEX)["count"]
    if count != images:
        sys.exit(f"Error: the index holds {count} documents, expected {images}")
    return run, samples


def _speed(run: IngestRun, images: int) -> list[Row]:
    stages = ", ".join(f"{stage} {seconds:.0f}" for stage, seconds in run.summary["seconds_by_stage"].items())
    return [
        ("ingest", f"{run.seconds:.0f} s, {images / run.seconds:.1f} images/s; every image is in the index"),
        (f"seconds by stage, of {os.cpu_count()} threads", stages),
    ]


def _memory(samples: list[Sample], images: int, most: int) -> list[Row]:
    """Of the worker and of the node, in the first tenth, until the half and in the second half."""
    parts = [(int(first * images), int(last * images)) for first, last in SHARES]
    worker = [peak(samples, *part, lambda sample: sample.run) for part in parts]
    node = [peak(samples, *part, lambda sample: sample.node) for part in parts]
    own = [peak(samples, *part, lambda sample: sample.node_own) for part in parts]
    return [
        (
            "worker, resident at most: first 10 % / 10 to 50 % / 50 to 100 % of the images",
            " / ".join(f"{value / MEGABYTE:.0f}" if value else "not seen" for value in worker)
            + f" MB; {most / MEGABYTE:.0f} MB by the kernel's count",
        ),
        (
            "node, resident at most, likewise (without files mapped into memory)",
            " / ".join(
                f"{value / MEGABYTE:.0f} ({without / MEGABYTE:.0f})" if value else "not seen"
                for value, without in zip(node, own, strict=True)
            )
            + " MB",
        ),
    ]


def _index(client: OpenSearch, state: str, images: int) -> list[Row]:
    size = size_of(client, INDEX)
    segments = f"{size.segments} segment{'s' * (size.segments > 1)}"
    rows = [
        (f"index, {state}", f"{size.store / MEGABYTE:.0f} MB, {size.store / images:,.0f} bytes an image; {segments}")
    ]
    if size.segments == 1:
        rows.append(("of it the vectors and their graph", f"{size.vectors / images:,.0f} bytes an image"))
    return rows


def _latency(settings: ConnectionSettings, files: list[Path], state: str) -> Row:
    """Each question is another image of the index, which has to come first."""
    connection = Connection(settings)
    connection.forget_pictures()
    count = min(QUERIES + WARM_UP, len(files))
    asked = [files[position * len(files) // count] for position in range(count)]
    times, first = [], 0
    for file in asked:
        image = base64.b64encode(file.read_bytes()).decode()
        body = json.dumps(
            {"size": K, "_source": False, "query": {"lookalike": {"embedding": {"image": image, "k": K}}}}
        )
        milliseconds, answer = connection.search(INDEX, body.encode())
        times.append(milliseconds)
        first += json.loads(answer)["hits"]["hits"][0]["_id"] == item_id(file.absolute().as_uri())
    connection.close()
    if first < LEAST_FOUND * count:
        sys.exit(f"Error: {state}, only {first} of {count} images find themselves first")
    measured = times[min(WARM_UP, count // 2) :]
    median, slow = np.percentile(measured, [50, 95])
    return (
        f"search by image, {state}",
        f"p50 {median:.1f}, p95 {slow:.1f} ms of {len(measured)}; itself first {first} of {count} times",
    )


def _thumbnails(settings: ConnectionSettings, files: list[Path]) -> list[Row]:
    """What a document takes with and without its thumbnail, of the first folders of images."""
    folders = sorted({file.parent for file in files})[:2]
    images = sum(1 for file in files if file.parent in folders)
    sizes = []
    for option in ("--thumbnails", "--no-thumbnails"):
        name = INDEX + option.replace("--", "-")
        tell(f"{images:,} images with {option}")
        with own_index(name, settings) as client:
            ingest(folders, name, option, written=images)
            merge(client, name)
            sizes.append(size_of(client, name).store / images)
    return [
        (f"bytes a document, of {images:,}: with thumbnail / without", f"{sizes[0]:,.0f} / {sizes[1]:,.0f}"),
    ]


def _require_plugin(client: OpenSearch, settings: ConnectionSettings) -> None:
    if not any(plugin["component"] == "lookalike" for plugin in client.cat.plugins(format="json")):
        sys.exit(f"Error: OpenSearch at {settings.url} has no plugin lookalike; `lookalike up` installs it")


def _told_images() -> Callable[[int], None]:
    """What tells how many images there are, now and then."""
    last = time.perf_counter()

    def tell_done(done: int) -> None:
        nonlocal last
        if time.perf_counter() - last >= TOLD_EVERY:
            last = time.perf_counter()
            tell(f"{done:,} images written")

    return tell_done


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sources", nargs="+", help="folders of images")
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
