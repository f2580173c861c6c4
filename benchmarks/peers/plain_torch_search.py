"""A search by picture without a plugin: `python plain_torch_search.py URL INDEX K`.

As tutorials have it (see `plain_torch.py`): decode and embed in the client, then `client.search` with `knn`. Reads a
picture in base64 from each line of standard input, and answers each with a line of JSON: the milliseconds from the
picture's bytes to the answer, and the ids found. The first line that it prints says what the weights are.
"""

import base64
import contextlib
import io
import json
import sys
import time

from opensearchpy import OpenSearch
from plain_torch import PlainEncoder  # type: ignore[import-not-found]


def main() -> None:
    """Answer until there are no more lines."""
    url, index, k = sys.argv[1:]
    client = OpenSearch(url)
    with contextlib.redirect_stdout(sys.stderr):  # torchvision says there what it fetches
        encoder = PlainEncoder()
    print(json.dumps(encoder.weights), flush=True)
    for line in sys.stdin:
        picture = base64.b64decode(line)
        began = time.perf_counter()
        query = {"knn": {"embedding": {"vector": encoder.embed(io.BytesIO(picture)), "k": int(k)}}}
        answer = client.search(index=index, body={"size": int(k), "query": query, "_source": False})
        milliseconds = (time.perf_counter() - began) * 1000
        found = [hit["_id"] for hit in answer["hits"]["hits"]]
        print(json.dumps({"milliseconds": milliseconds, "found": found}), flush=True)


if __name__ == "__main__":
    main()
