"""One run of a benchmark's commands, in processes of their own."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["CommandRun", "run_commands"]


@dataclass(frozen=True)
class CommandRun:
    """What the commands printed, and what the one that failed said last; "" if none did."""

    output: str
    failure: str = ""


def run_commands(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> CommandRun:
    """Run modules of this package with their arguments one after the other, until one fails.

    What they tell on standard error is passed on as it comes. `environment` is added to that of this process.
    """
    outputs = []
    for command in commands:
        output, failure = _run(command, {**os.environ, **environment})
        outputs.append(output.strip())
        if failure:
            return CommandRun("\n\n".join(outputs), failure)
    return CommandRun("\n\n".join(outputs))


def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[str, str]:
    module, *arguments = command
    last = ""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{module}", *arguments],
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        with process:
            try:
                assert process.stderr is not None  # noqa: S101, it is a pipe
                for line in process.stderr:
                    print(line, end="", file=sys.stderr, flush=True)
                    last = line.strip() or last
            except SystemExit:  # this process is told to end; Ctrl-C reaches both
                process.send_signal(signal.SIGINT)
                raise
        output.seek(0)
        code = process.returncode
        failure = "" if code == 0 else last.removeprefix("Error: ") or f"exit code {code}"
        return output.read(), failure
