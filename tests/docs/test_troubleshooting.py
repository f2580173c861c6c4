"""Every message that the page Troubleshooting quotes is one that the code still has."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS

ROOT = DOCS.parent
PAGE = (DOCS / "troubleshooting.md").read_text("utf-8")
GAP = "…"


def quoted() -> list[str]:
    """What stands in the first column of the tables; several messages may share a row."""
    found: list[str] = []
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            found += re.findall(r"`([^`]+)`", line.split(" | ")[0])
    return found


def python_texts(file: Path) -> str:
    """The texts of a file, one a line, with … for what they are filled with."""
    texts = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
            texts.append("".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    return "\n".join(" ".join(text.split()) for text in texts)


def java_texts(file: Path) -> str:
    """The same of a Java file: texts that are added up, with … for what stands between them."""
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", file.read_text("utf-8"), flags=re.DOTALL)
    sums = re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*\+[^;"]*"(?:[^"\\\n]|\\.)*")*', code)
    return "\n".join(
        re.sub(r"%,?[ds]", GAP, re.sub(r'"\s*\+\s*"', "", " ".join(one.split())).strip('"')).replace('\\"', '"')
        for one in sums
    )


def is_in(message: str, texts: str) -> bool:
    """Whether one text has the fixed parts of a message, in their order."""
    parts = (re.escape(part.strip()) for part in message.split(GAP) if part.strip())
    return re.search("[^\n]*".join(parts), texts) is not None


def test_the_code_has_every_message() -> None:
    texts = [python_texts(file) for file in (ROOT / "lookalike").rglob("*.py")]
    texts += [java_texts(file) for file in (ROOT / "plugin" / "src" / "main").rglob("*.java")]
    assert [message for message in quoted() if not any(is_in(message, text) for text in texts)] == []


def test_no_message_is_quoted_twice_and_many_are() -> None:
    messages = quoted()
    assert len(messages) > 150
    assert sorted(messages) == sorted(set(messages))


@pytest.mark.parametrize(
    ("message", "expected"),
    [("is … a thing", True), ("a thing is", False), ("is b thing", False), ("thing … is", False)],
)
def test_what_counts_as_having_a_message(message: str, expected: bool) -> None:
    assert is_in(message, "this is truly a thing\nis") is expected
