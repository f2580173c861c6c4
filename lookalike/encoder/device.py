"""Where an encoder can run; in a file of its own, so that the command line names it without loading anything."""

from typing import Literal

__all__ = ["Device"]

Device = Literal["auto", "cpu", "cuda"]
