"""Findings as lines for a person or objects for a script."""

import json
import textwrap

from lookalike.doctor.finding import Finding, State
from lookalike.printable import printable

__all__ = ["print_finding", "summary"]

_WIDTH = 118


def print_finding(check: str, finding: Finding, as_json: bool) -> None:
    """Print one finding; a person sees the advice below it."""
    if as_json:
        print(json.dumps({"check": check, "state": finding.state, "found": finding.found, "advice": finding.advice}))
        return
    head = f"{finding.state:<8} {check:<11} "
    print(_wrapped(printable(finding.found), head))
    if finding.advice:
        print(_wrapped(printable(finding.advice), " " * len(head) + "→ "))


def summary(states: list[State]) -> str:
    """How many findings are problems and warnings, in words."""
    counts = [
        f"{count} {state}{'s' if count > 1 else ''}"
        for state in (State.PROBLEM, State.WARNING)
        if (count := states.count(state))
    ]
    return ", ".join(counts) or "nothing to do"


def _wrapped(text: str, head: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
