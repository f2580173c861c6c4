"""image-match's `add_image`, one image at a time, into OpenSearch: `python image_match_add.py FOLDER URL INDEX`.

As its documentation has it: `ses.add_image(path)` for each file, nothing else chosen. Its driver for Elasticsearch is
replaced by the one below, because OpenSearch knows no document types any more and refuses the client of 2016 that it
is written for; the one below sends the same record with the same one request for each image, which does not refresh,
as there. One name is mended from outside: scikit-image's `imread` calls `as_gray` what was `as_grey`. The rest runs
unchanged with today's NumPy and scikit-image. Prints the records sent and the seconds of the calls alone.
"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from image_match import goldberg
from image_match.signature_database_base import SignatureDatabaseBase
from opensearchpy import OpenSearch
from skimage.io import imread


class SignatureOpenSearch(SignatureDatabaseBase):  # type: ignore[misc]
    """image-match's SignatureES, less the document type."""

    def __init__(self, client: OpenSearch, index: str) -> None:
        self._client = client
        self._index = index
        super().__init__()

    def insert_single_record(self, rec: dict[str, Any], refresh_after: bool = False) -> None:
        """One index request, as in SignatureES."""
        rec["timestamp"] = datetime.now()
        self._client.index(index=self._index, body=rec, refresh=refresh_after)


def main() -> None:
    """Add, and print one object."""
    folder, url, index = sys.argv[1:]
    goldberg.imread = lambda path, as_grey: imread(path, as_gray=as_grey)
    signatures = SignatureOpenSearch(OpenSearch(url), index)
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file() and not path.name.startswith("."))
    began = time.perf_counter()
    for file in files:
        signatures.add_image(str(file))
    print(json.dumps({"images": len(files), "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
