"""What examples show as they go: headings, and the commands that a user would type."""

import shlex
import subprocess
import sys

__all__ = ["heading", "lookalike"]


def heading(text: str) -> None:
    """Start a part of the example."""
    print(f"\n== {text}", flush=True)


def lookalike(*arguments: str) -> None:
    """Show a command and run it as a user would; ends the example if it fails."""
    print(f"$ lookalike {shlex.join(arguments)}", flush=True)
    answer = subprocess.run([sys.executable, "-m", "lookalike", *arguments], check=False)
    if answer.returncode != 0:
        sys.exit(f"Error: the example stops, because this command failed with exit code {answer.returncode}")
