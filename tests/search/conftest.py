from collections.abc import Iterator

import pytest

from tests.conftest import Node
from tests.search.shop import Shop, open_shop


@pytest.fixture(scope="session")
def shop(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(node, tmp_path_factory.mktemp("shop")) as shop:
        yield shop
