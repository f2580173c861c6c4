"""The plot of a soak: memory over time with the restarts marked, and operations per second."""

from pathlib import Path

from benchmarks.soak.memory import OWN, lives
from benchmarks.soak.report import Ended
from benchmarks.soak.tally import SLOT
from benchmarks.soak.work import ANSWERED, DELETED, WRITTEN

__all__ = ["draw"]

_MEGABYTE = 1_000_000
_SHOWN = (ANSWERED, WRITTEN, DELETED)


def draw(ended: Ended, file: Path) -> None:
    """Write a PNG. A line that ends is a process that ended; the shaded times are those with a node away."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 9), dpi=120, layout="constrained")
    heap, resident, work = figure.subplots(3, 1, sharex=True)
    colours: dict[str, str] = {}
    for life in lives(ended.samples):
        minutes = [(sample.moment - ended.began) / 60 for sample in life.samples]
        is_first = life.name not in colours
        colour = colours.setdefault(life.name, f"C{len(colours)}")
        look = {"color": colour, "marker": ".", "label": life.name if is_first else None}
        resident.plot(minutes, [sample.resident / _MEGABYTE for sample in life.samples], **look)
        if life.name != OWN:
            heap.plot(minutes, [(sample.heap or 0) / _MEGABYTE for sample in life.samples], **look)
    for what in _SHOWN:
        slots = ended.tally.slots[what]
        moments = range(int(ended.began // SLOT), int(ended.ended // SLOT) + 1)
        minutes = [(moment * SLOT + SLOT / 2 - ended.began) / 60 for moment in moments]
        work.plot(minutes, [slots[moment] / SLOT for moment in moments], label=what)
    for axes, title in (
        (heap, "heap after a full collection, MB"),
        (resident, "resident without mapped files, MB"),
        (work, f"a second, over {SLOT} s"),
    ):
        for absence in ended.absences:
            axes.axvspan((absence.began - ended.began) / 60, (absence.ended - ended.began) / 60, color="0.9")
        axes.set_ylabel(title)
        axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
        axes.legend(fontsize="small")
    work.set_xlabel("minutes; shaded: a node is away")
    figure.savefig(file, metadata={"Software": None})
