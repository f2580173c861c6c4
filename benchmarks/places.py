"""What stands for the names in braces of the catalogue's commands: folders of pictures and of what is made, numbers."""

import glob
import os
import shlex
from collections.abc import Mapping

__all__ = ["NotThereError", "filled", "told_places"]

SOURCES = ("SHARED_DATA", "PICTURES", "PHOTOGRAPHS")


class NotThereError(Exception):
    """Pictures that a command reads are not there; says which, and how to name others."""


def told_places() -> dict[str, str]:
    """Those of the environment, where the Makefile puts its variables, or the usual ones; as a shell reads them."""
    usual = {
        "SHARED_DATA": "../shared/data",
        "PHOTOGRAPHS": "/usr/share/backgrounds/mate/nature '/usr/share/backgrounds/*_by_*.jpg'",
        "IMAGES": "100000",
    }
    told = {name: os.environ.get(name) or value for name, value in usual.items()}
    pictures = os.environ.get("PICTURES") or f"{told['SHARED_DATA']}/eval/caltech20"
    return {**told, "PICTURES": pictures, "BUILD": "build", "PLOTS": "benchmarks/plots"}


def filled(command: str, places: Mapping[str, str]) -> list[str]:
    """The words of a command of the catalogue. Raises NotThereError if it reads pictures that are not there."""
    for name in SOURCES:
        if f"{{{name}}}" in command:
            for path in shlex.split(places[name]):
                if not glob.glob(os.path.expanduser(path)):
                    raise NotThereError(f"there is no {path}; name another with {name}=…")
    return [os.path.expanduser(word) for word in shlex.split(command.format(**places))]
