"""Opening an index to search it."""

from opensearchpy import OpenSearch

from lookalike.cluster.contract import IndexContract, ModelRecord, read_contract
from lookalike.cluster.native import require_native_libraries
from lookalike.encoder.artefact import Artefact

__all__ = ["open_contract"]


def open_contract(client: OpenSearch, index: str, model: Artefact, native_libraries: bool) -> IndexContract:
    """What an index, alias or pattern says of itself, if it can be searched with the vectors of `model`.

    `native_libraries` says that the user vouches for k-NN's. Raises IndexContractError if it cannot be searched, and
    what opensearch-py raises.
    """
    contract = read_contract(client, index)
    require_native_libraries(client, contract.engine, f"index {index!r}", native_libraries)
    contract.require_model(ModelRecord(model.name, model.sha256), model.dimension)
    return contract
