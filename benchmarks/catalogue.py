"""The benchmarks, by name: what was asked for, and the commands that measure it.

Names in braces stand for what `places.py` has: folders of pictures and of what is made, and numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["BENCHMARKS", "Benchmark", "find_benchmark"]


@dataclass(frozen=True)
class Benchmark:
    """What `benchmarks.run` knows of a benchmark.

    A command is a module of this package with its arguments. `heap` is that of the local node which the commands find
    running, "" where they need none. `quick` are the commands of the quick run, in which bounds that begin as in
    `right` must hold, because they are of answers and not of time; `left_out` says why there are none.
    """

    name: str
    title: str
    asked: str
    commands: Sequence[str]
    quick: Sequence[str] = ()
    right: Sequence[str] = ()
    left_out: str = ""
    heap: str = "1g"

    @property
    def modules(self) -> list[str]:
        """Of this package, that the commands run."""
        return [command.split()[0] for command in (*self.commands, *self.quick)]


BENCHMARKS = (
    Benchmark(
        "ingest",
        "Ingest, sharing two cores",
        "at least 0.75 of what decoding and embedding alone reach, with the node on the same cores",
        ["ingest {PICTURES}"],
        ["ingest {PICTURES} --rounds 1"],
    ),
    Benchmark(
        "ingest-pinned",
        "Ingest, a core each",
        "at least 0.90 of decode + embed alone with one core for ingest and one for the node, as if that ran elsewhere",
        ["ingest {PICTURES} --pin"],
        ["ingest {PICTURES} --pin --rounds 1"],
    ),
    Benchmark(
        "ingest-peers",
        "Ingest beside other programs",
        "twice imagededup's CNN `encode_images` as documented, which only encodes, and ten times image-match's "
        "`add_image` into the same OpenSearch; nothing beside a loop with torch and opensearch-py",
        [
            "ingest_peers {PICTURES} --plot {PLOTS}/ingest-peers.png",
            "crops {BUILD}/photos {SHARED_DATA}/train --images 200 --sides 3000 4000",
            "ingest_peers {BUILD}/photos --plot {PLOTS}/ingest-peers-photos.png",
        ],
        left_out="it needs the environment of the peers",
    ),
    Benchmark(
        "ingest-large",
        "100,000 images end to end",
        "every image in the index, and memory of the worker that does not grow with their number, at most 1,500 MB",
        ["ingest_large {BUILD}/large/{IMAGES} {SHARED_DATA}/train --images {IMAGES}"],
        ["ingest_large {BUILD}/large {SHARED_DATA}/train --images 60"],
        right=["every image is in the index"],
    ),
    Benchmark(
        "growth",
        "Growth",
        "10,000, 100,000 and 1,000,000 vectors in each variant that needs no native libraries: always k answers, or as "
        "many as match; recall@10 at least 0.98 for the default with every filter, and 0.97 for `4x`; the p95 of a "
        "million at most 2.5 times that of 10,000",
        ["growth {SHARED_DATA}/train --plot {PLOTS}/growth.png"],
        left_out="tests run it",
        heap="2g",
    ),
    Benchmark(
        "plugin",
        "A search by picture beside the bare k-NN search",
        "at most the time of the bare `knn` and 1.3 times that of decoding and embedding; with the same picture again "
        "at most that of `knn` and 1 ms",
        ["plugin_latency {PICTURES}"],
        ["plugin_latency {PICTURES} --requests 20 --warm-up 10"],
    ),
    Benchmark(
        "latency-peers",
        "A search by picture in the node and in the client",
        "what the clause takes beside the bare `knn`, and beside clients that decode and embed themselves",
        ["latency_peers {PICTURES}"],
        ["latency_peers {PICTURES} --requests 10 --warm-up 5 --no-torch"],
    ),
    Benchmark(
        "limit",
        "Beside what the machine allows",
        "ingest, a search by picture, and exact and approximate search of vectors, each as a share of what processors "
        "and memory allow",
        ["physical_limit {PICTURES}"],
        ["physical_limit {PICTURES} --vectors 1000 --requests 5 --rounds 1"],
    ),
    Benchmark(
        "plugin-load",
        "Searches by picture from many clients, and for long",
        "every answer right or a rejection, text searches meanwhile at least half as fast as alone, flat memory",
        ["plugin_load {PICTURES}"],
        ["plugin_load {PICTURES} --pictures 20 --seconds 3 --queries 60"],
        right=["every answer is right"],
    ),
    Benchmark(
        "regions",
        "Regions",
        "of crops of 5 to 30 % of photographs of 1,000 pixels and more, scaled by 0.5 to 2, in eight orientations, "
        "among 2,000 images: the right image first at least 0.95, a box with an intersection over union of 0.5 in the "
        "first five at least 0.90; a search in 100,000 regions at most 3 times as long as one for images as wholes",
        ["regions {PHOTOGRAPHS} --among {SHARED_DATA}/eval/scenes {PICTURES} --plot {PLOTS}/regions.png"],
        [
            "regions {PHOTOGRAPHS} --among {SHARED_DATA}/eval/scenes --images 5 --crops 6 --slow-crops 1 "
            "--plot {PLOTS}/regions.png"
        ],
        right=["right image first"],
        heap="2g",
    ),
    Benchmark(
        "histology",
        "Tissue",
        "a crop of 112 pixels of a tile of 224, turned and stained otherwise, finds its own tile in the first five at "
        "least 0.95",
        ["histology {SHARED_DATA}/eval/histology"],
        ["histology {SHARED_DATA}/eval/histology --crops 4"],
    ),
    Benchmark(
        "duplicates",
        "Duplicates",
        "100,000 documents in minutes; cost beside imagededup's `find_duplicates`, with quality, edited copies planted",
        [
            "duplicates_large",
            "duplicates {SHARED_DATA}/eval/caltech20 {SHARED_DATA}/eval/grocery {SHARED_DATA}/eval/originals "
            "{SHARED_DATA}/train/imagenet {SHARED_DATA}/train/caltech",
        ],
        ["duplicates_large --documents 1000"],
        right=["every planted pair and no other"],
    ),
    Benchmark(
        "refining",
        "Refining",
        "what further examples bring, and some of what is not wanted",
        ["refining {SHARED_DATA}/eval/caltech20", "refining {SHARED_DATA}/eval/grocery"],
        ["refining {SHARED_DATA}/eval/caltech20 --queries 5"],
    ),
    Benchmark(
        "slides",
        "Very large images",
        "less than 1 GB for an image of 20,000 × 20,000 pixels",
        ["slide_memory {BUILD}/slides"],
        ["slide_memory {BUILD}/slides --side 2500"],
        heap="",
    ),
    Benchmark(
        "web",
        "The web page",
        "the first answer within 300 ms of the drop among 2,000 images on loopback, the page below 150 KB",
        ["web_page {PICTURES}"],
        ["web_page {PICTURES} --drops 5 --warm-up 2"],
        right=["the page below"],
    ),
    Benchmark(
        "encoder",
        "The encoder",
        "of copies edited in two or three ways, or in the hardest single ones, 0.97 found first, a µAP of 0.95, and "
        "0.90 where 90 % of the answers are right; of single edits 0.985 found first, of each at least 0.90; likeness "
        "as good as that of ImageNet features",
        [
            "encoder {SHARED_DATA}/eval/originals --distractors {SHARED_DATA}/eval/caltech20 "
            "--distractors {SHARED_DATA}/eval/grocery --also-in {BUILD}/ablation"
        ],
        ["encoder {SHARED_DATA}/eval/originals --distractors {SHARED_DATA}/train --queries 82 --no-baselines"],
        heap="",
    ),
    Benchmark(
        "soak",
        "Soak",
        "thirty minutes of mixed ingest, update, delete and search on three nodes, one restarted every five minutes: "
        "nothing lost, nothing doubled, no answer wrong beside a shadow copy, memory flat",
        ["soak --plot {PLOTS}/soak.png"],
        ["soak --short --plot {PLOTS}/soak.png"],
        heap="",
    ),
    Benchmark(
        "profile",
        "Where time goes",
        "`lookalike --help` within 0.3 s and `lookalike search` on a warm node within 1 s",
        ["start_and_stages {PICTURES}"],
        ["start_and_stages {PICTURES} --pictures 10 --large 2 --rounds 1 --starts 1"],
    ),
)


def find_benchmark(name: str) -> Benchmark:
    """The benchmark of this name; raises LookupError, which tells all names, if there is none."""
    for benchmark in BENCHMARKS:
        if benchmark.name == name:
            return benchmark
    names = ", ".join(benchmark.name for benchmark in BENCHMARKS)
    raise LookupError(f"there is no benchmark {name!r}; there are {names}")
