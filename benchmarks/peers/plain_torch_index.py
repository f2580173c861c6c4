"""A plain loop with torch and opensearch-py: `python plain_torch_index.py FOLDER URL INDEX one|bulk`.

As tutorials have it (see `plain_torch.py`): for each file its embedding, then `client.index`, or all of them by
`helpers.bulk`, which sends 500 documents a request. The index is made anew. Prints the documents sent, the seconds of
the loop alone, and what the weights are.
"""

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch, helpers
from plain_torch import PlainEncoder, mapping  # type: ignore[import-not-found]


def main() -> None:
    """Index, and print one object."""
    folder, url, index, way = sys.argv[1:]
    client = OpenSearch(url, timeout=60)
    client.indices.delete(index=index, ignore_unavailable=True)
    client.indices.create(index=index, body=mapping())
    encoder = PlainEncoder()
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file() and not path.name.startswith("."))
    documents = ({"image_path": str(file), "embedding": encoder.embed(file)} for file in files)
    began = time.perf_counter()
    if way == "bulk":
        helpers.bulk(client, _actions(documents, index))
    else:
        for document in documents:
            client.index(index=index, body=document)
    seconds = time.perf_counter() - began
    print(json.dumps({"images": len(files), "seconds": seconds, "weights": encoder.weights}))


def _actions(documents: Iterable[dict[str, Any]], index: str) -> Iterable[dict[str, Any]]:
    return ({"_index": index, "_source": document} for document in documents)


if __name__ == "__main__":
    main()
