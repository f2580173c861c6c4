"""What the programs of this package share: how one ends if it cannot go on, and how it tells how far it is."""

import sys
import time
from collections.abc import Callable

from lookalike.errors import LookalikeError

__all__ = ["run_program", "tell", "tell_time"]


def run_program(main: Callable[[], None]) -> None:
    """Run it; what a person can mend is told in one line, and ends it with 1."""
    try:
        main()
    except LookalikeError as error:
        sys.exit(f"Error: {error}")


def tell(text: str) -> None:
    """Progress, beside what is printed."""
    print(text, file=sys.stderr, flush=True)


def tell_time(text: str) -> None:
    """The same with the time of day, for what takes long."""
    tell(f"{time.strftime('%H:%M:%S')} {text}")
