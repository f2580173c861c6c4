from typing import Any

import pytest

from lookalike.errors import RequestFailedError
from lookalike.search.duplicates.neighbourhoods import _whole


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"root_cause": [{"reason": "no such field"}], "reason": "all shards failed"}, "no such field"),
        ({"root_cause": [], "reason": "all shards failed"}, "all shards failed"),
        ({"reason": "all shards failed"}, "all shards failed"),
    ],
)
def test_a_search_that_fails_among_others_is_told_with_its_reason(error: dict[str, Any], reason: str) -> None:
    with pytest.raises(RequestFailedError, match=f"OpenSearch answered 500: {reason}"):
        _whole({"error": error, "status": 500}, "photos")
