"""Every error that a user of Lookalike can meet.

LookalikeError                 the command line prints it as one `Error: …` line and exits with 1
├── EncoderError
│   ├── ArtefactError          a model file is missing, damaged or not the one expected
│   ├── ImageError             bytes that are not an image we read; `reason` fits a failure row
│   └── TrainingError          an encoder cannot be trained on these pictures, from these weights or in this memory
├── ClusterError
│   ├── ConnectionFailedError  nobody answers, TLS fails, or the answer is not OpenSearch's
│   ├── AccessError            401 and 403
│   ├── RequestFailedError     OpenSearch refused the request (400, 404, …) or failed (5xx)
│   ├── IndexContractError     the index is missing, or was made with another model or dimension
│   └── NodeError              the local node cannot be assembled, started or stopped
├── SourceError                what was named for ingest holds no image
├── EngineError                the Ray cluster that is to do the work is not there, or fails
├── SearchError                a query that cannot be asked: unknown field, bad filter, unknown id
└── ConfigError                a setting or the configuration file makes no sense
"""

__all__ = [
    "AccessError",
    "ArtefactError",
    "ClusterError",
    "ConfigError",
    "ConnectionFailedError",
    "EncoderError",
    "EngineError",
    "ImageError",
    "IndexContractError",
    "LookalikeError",
    "NodeError",
    "RequestFailedError",
    "SearchError",
    "SourceError",
    "TrainingError",
]


class LookalikeError(Exception):
    """Something the user can fix; the message says what was expected, what was found and what to do."""


class EncoderError(LookalikeError):
    """The encoder cannot do what was asked."""


class ArtefactError(EncoderError):
    """A model file is missing, damaged or not the one expected."""


class ImageError(EncoderError):
    """Bytes that cannot be read as an image; the message is the reason alone, with no path."""


class TrainingError(EncoderError):
    """An encoder cannot be trained on these pictures, from these weights, or in this memory."""


class ClusterError(LookalikeError):
    """OpenSearch, or the way to it, does not do what was asked."""


class ConnectionFailedError(ClusterError):
    """Nobody answers, TLS fails, or the answer is not that of a usable OpenSearch."""


class AccessError(ClusterError):
    """OpenSearch does not accept these credentials (401) or refuses them this action (403)."""


class RequestFailedError(ClusterError):
    """OpenSearch answered a request with an error; `status` is its HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class IndexContractError(ClusterError):
    """The index is missing, not made by Lookalike, or made with another model or dimension."""


class NodeError(ClusterError):
    """The local node cannot be assembled, started or stopped."""


class SourceError(LookalikeError):
    """What was named for ingest holds no image."""


class EngineError(LookalikeError):
    """The Ray cluster that is to do the work is not there, or fails."""


class SearchError(LookalikeError):
    """A query that cannot be asked."""


class ConfigError(LookalikeError):
    """A setting or the configuration file makes no sense."""
