"""What the README promises of `make demo`, run against the tests' own node."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from examples.demo.edits import EDITS
from examples.demo.pictures import FOLDERS, TWIN, make_queries, place_pictures
from tests.conftest import Node

REPOSITORY = Path(__file__).parent.parent.parent


def test_every_picture_gets_every_edit_and_the_twin_is_not_indexed(tmp_path: Path) -> None:
    names = sorted(name for folder in FOLDERS.values() for name in folder)
    assert place_pictures(tmp_path / "pictures") == len(names) == 23
    assert sorted(path.name for path in (tmp_path / "pictures").rglob("*.*")) == names
    originals, twin = make_queries(tmp_path / "queries")
    assert len(originals) == 23 * len(EDITS) == 92
    assert set(originals.values()) == set(names)
    assert twin.name == TWIN
    assert TWIN not in names


@pytest.mark.cluster
def test_the_demo_keeps_its_promises(client: OpenSearch, node: Node, tmp_path: Path) -> None:
    environment = os.environ | {
        "LOOKALIKE_DEMO_PORT": str(node.port),
        "LOOKALIKE_NODE_DIR": str(node.folder),
        "PYTHONPATH": str(REPOSITORY),
    }
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "examples.demo"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "edited copies that found their original first: 92 of 92" in answer.stdout
        assert "motorcycle_right.png found motorcycle_left.png first: yes" in answer.stdout
        gallery = (tmp_path / "demo-output" / "gallery.html").read_text()
        assert gallery.count("<section>") == 6

        query = tmp_path / "demo-output" / "queries" / "chelsea-crop.png"
        curl = re.search(r"ask with curl: +(.*)", answer.stdout)
        assert curl is not None
        line = curl.group(1).replace("PICTURE", str(query))
        found = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S602
        hits = json.loads(found.stdout)["hits"]["hits"]
        assert [hit["_source"]["image_url"].endswith("/chelsea.png") for hit in hits] == [True, False, False]
        asked = re.search(r"ask with the CLI: +(.*) PICTURE (.*)", answer.stdout)
        assert asked is not None
        line = f"{asked.group(1)} {query} {asked.group(2)}"
        found = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S602
        assert "chelsea.png" in found.stdout.splitlines()[1]
        assert (tmp_path / "answers.html").is_file()
    finally:
        client.indices.delete(index="lookalike-demo", ignore_unavailable=True)
        client.indices.delete_index_template(name="lookalike-lookalike-demo", ignore=[404])
