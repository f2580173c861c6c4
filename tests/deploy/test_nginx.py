"""deploy/nginx.conf beside its page; tests/cluster/test_tls_proxy.py runs it."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_page_fills_in_all_that_the_template_leaves_open() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text()
    wanted = set(re.findall(r"\$\{(\w+)\}", (ROOT / "deploy" / "nginx.conf").read_text()))
    substituted = re.search(r"envsubst '([^']+)'", page)
    exported = re.search(r"export (FOLDER=(?:.*\\\n)?.*)\n", page)
    assert substituted
    assert exported
    assert set(substituted[1].replace("$", "").split()) == wanted
    assert set(re.findall(r"\b([A-Z]+)=", exported[1])) == wanted
