"""The index that a command writes to, opened and checked before any work starts."""

from dataclasses import dataclass

from opensearchpy import AuthorizationException, OpenSearch

from lookalike.cluster.client import connect, translated_errors
from lookalike.cluster.contract import IndexContract, ModelRecord, record_model
from lookalike.cluster.install import create_index
from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.artefact import Artefact, find_artefact
from lookalike.encoder.device import Device
from lookalike.encoder.session import EncoderSession
from lookalike.ingest.writer import BulkWriter

__all__ = ["Target", "open_target"]


@dataclass(frozen=True)
class Target:
    """An index and the model whose vectors it takes."""

    client: OpenSearch
    connection: ConnectionSettings
    contract: IndexContract
    artefact: Artefact
    is_new: bool

    @property
    def identity(self) -> str:
        """What tells the index from another one of the same name; empty if the user may not see it."""
        with translated_errors(self.connection):
            try:
                answer = self.client.indices.get_settings(index=self.contract.index, name="index.uuid")
            except AuthorizationException:
                return ""
        return " ".join(sorted(found["settings"]["index"]["uuid"] for found in answer.values()))

    @property
    def model(self) -> str:
        """The model's identity."""
        return self.artefact.identity

    def session(self, threads: int, device: Device = "auto") -> EncoderSession:
        """A session of the model."""
        return EncoderSession(self.artefact, threads, device)

    def writer(self) -> BulkWriter:
        """A writer into the index."""
        return BulkWriter(self.client, self.connection, self.contract.index)


def open_target(
    connection: ConnectionSettings,
    index: str,
    model: str,
    variant: str | None,
    shards: int | None,
    native_libraries: bool,
) -> Target:
    """Connect, and open the index or make it; `variant` and `shards` are as in `create_index`.

    Raises ArtefactError, ConnectionFailedError, AccessError, or IndexContractError if the index holds vectors of
    another model or needs native libraries that the cluster does not show.
    """
    artefact = find_artefact(model)
    record = ModelRecord(artefact.name, artefact.sha256)
    client = connect(connection)
    with translated_errors(connection):
        contract, is_new = create_index(client, index, record, artefact.dimension, variant, shards, native_libraries)
        if contract.model is None:
            record_model(client, contract, record)
    return Target(client, connection, contract, artefact, is_new)
