"""A reader who follows the pages: the demo's pictures, the commands of a shell, and the node at its usual address."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from examples.demo.edits import EDITS
from examples.demo.pictures import place_pictures
from lookalike.cluster.java import find_java
from tests.conftest import Node
from tests.docs.pages import DOCS, assert_shown, blocks
from tests.plugin.http import Http

_USUAL = "http://127.0.0.1:9200"
_REQUEST = re.compile(r"^(GET|POST|PUT|DELETE) (\S+)\n((?:(?!GET |POST |PUT |DELETE ).*\n)*)", re.MULTILINE)
_INDICES = ("photos", "shop")


@dataclass(frozen=True)
class Reader:
    """Does what a page says, in a folder where `make demo` has run."""

    folder: Path
    node: Node

    def follow(self, page: str) -> None:
        """Save and run every block, and compare what comes of it with what the page shows."""
        for block in blocks(page):
            if block.reason:
                continue
            text = block.text.replace(_USUAL, self.node.url)
            if block.title:
                (self.folder / block.title).write_text(text)
                continue
            answer = self._run(page, block.language, text)
            if block.shown:
                assert_shown(block.shown, answer)

    def _run(self, page: str, language: str, text: str) -> str:
        assert language in {"sh", "devtools"}, f"{page}: {language} is neither run nor said not to be"
        if language == "devtools":
            return self._send(text)
        shell = ["bash", "-euo", "pipefail", "-c", text]
        ended = subprocess.run(
            shell,
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{page}:\n{text}\n{ended.stdout}"
        return ended.stdout

    def _send(self, text: str) -> str:
        """Send requests as Dev Tools does; the last one's answer."""
        http, answer = Http(self.node.url), ""
        requests = _REQUEST.findall(text)
        assert requests, f"no request in {text}"
        for method, path, body in requests:
            sent = http(method, path, body.strip() or None)
            assert sent.status in {200, 201}, sent.content.decode()
            answer = sent.content.decode()
        return answer

    def _environment(self) -> dict[str, str]:
        """That of these tests, without settings, checkpoints and commands of whoever runs them."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOOKALIKE_")}
        path = os.pathsep.join([str(self.folder / "bin"), str(find_java().home / "bin"), os.environ["PATH"]])
        home = {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("CONFIG", "STATE")}
        return kept | home | {"PATH": path, "LOOKALIKE_URL": self.node.url, "PYTHONPATH": str(DOCS.parent)}


def _edit_some(folder: Path) -> None:
    """Write those of the demo's edited copies that pages ask by."""
    originals = {path.stem: path for path in (folder / "pictures").rglob("*.*")}
    (folder / "queries").mkdir()
    text = "".join(path.read_text("utf-8") for path in DOCS.rglob("*.md"))
    for name, edit in set(re.findall(r"demo-output/queries/(\w+)-([\w-]+)\.png", text)):
        with Image.open(originals[name]) as image:
            EDITS[edit](image.convert("RGB")).save(folder / "queries" / f"{name}-{edit}.png")


@pytest.fixture(scope="session")
def http(node: Node) -> Http:
    return Http(node.url)


@pytest.fixture(scope="session")
def reader(node: Node, http: Http, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """One who has followed the page Start, so that the index photos is there."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "bin").mkdir()
    for name, command in (("lookalike", '-m lookalike "$@"'), ("python", '"$@"'), ("python3", '"$@"')):
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {command}\n')
        script.chmod(0o755)
    place_pictures(folder / "demo-output" / "pictures")
    _edit_some(folder / "demo-output")
    reader = Reader(folder, node)
    try:
        reader.follow("start.md")
        yield reader
    finally:
        for index in _INDICES:
            http("DELETE", f"/{index}")
            http("DELETE", f"/_index_template/lookalike-{index}")
