"""What the plugin's benchmarks share: an index of a folder's pictures, pictures to ask with, a bare connection."""

import base64
import http.client
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from lookalike.cluster.client import connect
from lookalike.cluster.settings import ConnectionSettings, resolve_settings
from lookalike.ingest.folders import list_images

SIZE = (640, 480)
_QUALITY = 90


class Connection:
    """One kept-alive connection that sends ready bytes, so that the client's own work is small and the same for all."""

    def __init__(self, settings: ConnectionSettings) -> None:
        parts = urlsplit(settings.url)
        self._http = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=120)

    def send(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of the answer; raises OSError or HTTPException if there is none."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._http.request(method, path, body, headers)
        answer = self._http.getresponse()
        return answer.status, answer.read()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer; ends the program if it is an error."""
        status, answer = self.send(method, path, None if body is None else json.dumps(body).encode())
        if status >= 300:
            sys.exit(f"Error: {method} {path} answered {status}: {answer[:500].decode(errors='replace')}")
        return json.loads(answer)

    def search(self, index: str, body: bytes) -> tuple[float, bytes]:
        """Milliseconds that a search took, and the JSON of the answer; ends the program if that is an error."""
        began = time.perf_counter()
        status, answer = self.send("POST", f"/{index}/_search", body)
        milliseconds = (time.perf_counter() - began) * 1000
        if status != 200:
            sys.exit(f"Error: a search answered {status}: {answer[:500].decode(errors='replace')}")
        return milliseconds, answer

    def stats(self) -> dict[str, Any]:
        """What the one node says of its work with pictures."""
        nodes = self.ask("GET", "/_plugins/_lookalike/stats")["nodes"]
        if len(nodes) != 1:
            sys.exit(f"Error: expected a cluster of one node, found {len(nodes)}")
        stats: dict[str, Any] = next(iter(nodes.values()))["stats"]
        return stats

    def forget_pictures(self) -> None:
        """Empty the node's cache of embeddings: a changed size starts a new one."""
        for size in ("0b", None):
            self.ask("PUT", "/_cluster/settings", {"transient": {"lookalike.query_cache.size": size}})

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()


@contextmanager
def filled_index(name: str, folder: Path) -> Iterator[ConnectionSettings]:
    """The node's settings, while an index of one shard holds the folder's pictures; it is deleted at the end."""
    settings = resolve_settings(os.environ.get("LOOKALIKE_URL"))
    client = connect(settings)
    if not any(plugin["component"] == "lookalike" for plugin in client.cat.plugins(format="json")):
        sys.exit(f"Error: OpenSearch at {settings.url} has no plugin lookalike; `lookalike up` installs it")
    client.indices.delete(index=name, ignore_unavailable=True)
    try:
        command = [sys.executable, "-m", "lookalike", "ingest", str(folder), "--index", name, "--json"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            sys.exit(answer.stderr)
        client.indices.forcemerge(index=name, max_num_segments=1)
        client.indices.refresh(index=name)
        yield settings
    finally:
        client.indices.delete(index=name, ignore_unavailable=True)
        client.indices.delete_index_template(name=f"lookalike-{name}", ignore=[404])


def query_pictures(folder: Path, count: int) -> list[tuple[str, str]]:
    """Pairs of a document's id and its picture as a JPEG of 640 x 480, in base64; evenly picked."""
    files = list(list_images([str(folder)]))
    if len(files) < count:
        sys.exit(f"Error: expected at least {count} pictures in {folder}, found {len(files)}")
    picked = [files[position * len(files) // count] for position in range(count)]
    return [(file.id, _jpeg(file.path)) for file in picked]


def _jpeg(path: Path) -> str:
    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode()
