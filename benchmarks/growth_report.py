"""What `benchmarks.growth` found, as Markdown and as a plot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bounds import bound

__all__ = ["plot", "report"]

DEFAULT, COMPRESSED = "float", "4x"
STATES = ("as loaded", "merged")
SHARES = ("100 %", "10 %", "1 %", "0.1 %")
FEW, MANY, CLIENTS = 10, 100, 8
MEGABYTE = 1_000_000
LEAST, LEAST_COMPRESSED, SLOWER = 0.98, 0.97, 2.5

Found = dict[str, Any]


def report(found: Sequence[Found]) -> str:
    """Conditions, what was asked for, and the tables; `found` is what was measured of each variant."""
    lines = [f"{one['variant']}: {one['conditions']}  " for one in found]
    lines += ["", *_bounds({one["variant"]: one["sizes"] for one in found})]
    lines += [
        "",
        "| variant | documents | documents/s | segments | merge, s | bytes a document | of them vector and graph ",
    ]
    lines[-1] += "| heap, MB: before / loaded / searched | resident, MB: likewise |"
    lines.append("|---" * 9 + "|")
    lines += [_built(one["variant"], size, of) for one in found for size, of in one["sizes"].items()]
    for state in STATES:
        lines += ["", f"Searches, {state}, milliseconds:", ""]
        lines += [
            f"| variant | documents | filter keeps | recall@{FEW} | recall@{MANY} | 1 client, p50 / p95 / p99 "
            f"| {CLIENTS} clients, p50 / p95 / p99 | searches/s |",
            "|---" * 8 + "|",
        ]
        for one in found:
            for size, of in one["sizes"].items():
                lines += [_searched(one["variant"], size, share, of[state]) for share in SHARES]
    lines += ["", "Other ways to ask, all documents, merged:", ""]
    lines += [f"| variant | documents | way | recall@{FEW} | 1 client, p50 / p95 / p99 |", "|---" * 5 + "|"]
    for one in found:
        for size, of in one["sizes"].items():
            for way, answers in of["merged"].items():
                if way.count(",") == 0:
                    lines.append(
                        f"| {one['variant']} | {int(size):,} | {way} | {_recall(answers):.3f} | {_times(answers)} |"
                    )
    return "\n".join(lines)


def _bounds(variants: dict[str, Found]) -> list[str]:
    """What was asked for, of the variants that were measured."""
    answers = [
        (variant, size, state, way, searches)
        for variant, sizes in variants.items()
        for size, of in sizes.items()
        for state in STATES
        for way, searches in of[state].items()
    ]
    short = sum(turn["short"] for *_, searches in answers for turn in searches)
    asked = sum(len(turn["milliseconds"]) for *_, searches in answers for turn in searches)
    lines = [bound("k answers, or as many as match", f"{short} of {asked:,} searches brought fewer", short == 0)]
    for variant, least in ((DEFAULT, LEAST), (COMPRESSED, LEAST_COMPRESSED)):
        recalls = [_recall(of) for name, _, _, way, of in answers if name == variant and _is_few(way)]
        if recalls:
            text = f"recall@{FEW} of `{variant}` at every size and filter at least {least}"
            lines.append(bound(text, f"{min(recalls):.3f} at the least", min(recalls) >= least))
    if DEFAULT in variants:
        first, *_, last = variants[DEFAULT]
        for state in STATES:
            slow = [_percentiles(variants[DEFAULT][size][state][f"100 %, {FEW}, 1"])[1] for size in (first, last)]
            ratio = slow[1] / slow[0]
            text = f"p95 of `{DEFAULT}`, {state}, at {int(last):,} at most {SLOWER} times that at {int(first):,}"
            lines.append(bound(text, f"{ratio:.2f} ({slow[1]:.1f} / {slow[0]:.1f} ms)", ratio <= SLOWER))
    return lines


def plot(found: Sequence[Found], file: Path) -> None:
    """Two pictures beside each other: p95 and recall by size, of each variant."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2)
    for number, one in enumerate(found):
        sizes = [int(size) for size in one["sizes"]]
        for state, style in zip(STATES, ("o--", "o-"), strict=True):
            ways = [of[state] for of in one["sizes"].values()]
            label = f"{one['variant']}, {state}"
            slow = [_percentiles(way[f"100 %, {FEW}, 1"])[1] for way in ways]
            left.plot(sizes, slow, style, color=f"C{number}", label=label)
            right.plot(
                sizes,
                [min(_recall(way[f"{share}, {FEW}, 1"]) for share in SHARES) for way in ways],
                style,
                color=f"C{number}",
                label=label,
            )
    left.set(xscale="log", xlabel="documents", ylabel="p95, ms", title="One client, no filter", ylim=0)
    right.set(xscale="log", xlabel="documents", ylabel=f"recall@{FEW}", title="Recall, the least of the four filters")
    right.axhline(LEAST, color="grey", linewidth=0.8)
    left.legend()
    for axes in (left, right):
        axes.grid(alpha=0.3)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Software": None})


def _built(variant: str, size: str, of: Found) -> str:
    count = int(size)
    before, *later = of["memory"]
    memory = [
        f"{before[part] / MEGABYTE:.0f}" + "".join(f" / {(one[part] - before[part]) / MEGABYTE:+.0f}" for one in later)
        for part in ("heap", "resident")
    ]
    merged = of["merged size"]
    return (
        f"| {variant} | {count:,} | {count / of['load']:,.0f} | {of['loaded size']['segments']} | {of['merge']:.0f} "
        f"| {merged['store'] / count:,.0f} | {merged['vectors'] / count:,.0f} | {memory[0]} | {memory[1]} |"
    )


def _searched(variant: str, size: str, share: str, ways: Found) -> str:
    one, many, several = (ways[f"{share}, {kind}"] for kind in (f"{FEW}, 1", f"{MANY}, 1", f"{FEW}, {CLIENTS}"))
    rate = sum(len(turn["milliseconds"]) for turn in several) / sum(turn["seconds"] for turn in several)
    return (
        f"| {variant} | {int(size):,} | {share} | {_recall(one):.3f} | {_recall(many):.3f} | {_times(one)} "
        f"| {_times(several)} | {rate:,.0f} |"
    )


def _is_few(way: str) -> bool:
    return way.endswith(f", {FEW}, 1")


def _recall(answers: Sequence[Found]) -> float:
    return float(
        np.average([turn["recall"] for turn in answers], weights=[len(turn["milliseconds"]) for turn in answers])
    )


def _percentiles(answers: Sequence[Found]) -> list[float]:
    every = [time for turn in answers for time in turn["milliseconds"]]
    return [float(value) for value in np.percentile(every, [50, 95, 99])]


def _times(answers: Sequence[Found]) -> str:
    return " / ".join(f"{value:.1f}" for value in _percentiles(answers))
