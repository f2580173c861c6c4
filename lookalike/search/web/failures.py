"""What went wrong, as a status of HTTP and a sentence for whoever looks at the page."""

import logging
import re

from starlette.requests import Request
from starlette.responses import JSONResponse

from lookalike.errors import ClusterError, ImageError, LookalikeError, SearchError
from lookalike.printable import printable

__all__ = ["BusyError", "GoneError", "NotShownError", "TooLargeError", "told"]

_log = logging.getLogger(__name__)
_OPTION = re.compile(r"^--[a-z-]+( [^:]{1,80})?: ")  # names an option of the command line, which the page has not


class GoneError(SearchError):
    """An uploaded picture that is not kept any more."""


class TooLargeError(SearchError):
    """More bytes than an upload may have."""


class BusyError(LookalikeError):
    """More is asked at once than can be answered."""


class NotShownError(LookalikeError):
    """An image that is not in the index, or cannot be read here."""


_STATUS = {GoneError: 410, TooLargeError: 413, BusyError: 503, NotShownError: 404, SearchError: 400, ImageError: 400}


async def told(request: Request, error: Exception) -> JSONResponse:
    """The answer to a request that raised a LookalikeError.

    What OpenSearch or the way to it does is told in the log alone: it names addresses that visitors need not know.
    """
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 502)
    message = _OPTION.sub("", str(error))
    if status == 502:
        _log.error("%s: %s", printable(request.url.path), printable(str(error)))
        message = "the page's server cannot search"
        if isinstance(error, ClusterError):
            message = "OpenSearch does not answer this search; the log of `lookalike serve` says why"
    return JSONResponse({"error": message[:1].upper() + message[1:]}, status)
