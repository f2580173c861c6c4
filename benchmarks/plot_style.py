"""How the plots of the benchmarks look: PNG files of one size, without a display."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["plot"]

_SIZE = (7.2, 3.6)  # inches, of 110 pixels


@contextmanager
def plot(file: Path, title: str, grid: Literal["x", "y"] = "y") -> Iterator[Axes]:
    """Axes to draw on, which are then written to `file`; with a title, a light grid, and their legend, if any."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=_SIZE, dpi=110, layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, fontsize=10, loc="left")
        axes.grid(axis=grid, alpha=0.3)
        axes.set_axisbelow(True)
        yield axes
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside right upper", frameon=False)
        figure.savefig(file, metadata={"Software": None})
