"""The one layer of retries for what is fetched, from servers and from stores."""

import threading

import tenacity

from lookalike.errors import ImageError

__all__ = ["MAY_PASS", "PassingError", "retrying"]

MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})  # statuses of HTTP
_LONGEST_WAIT = 60.0  # seconds that a server's own wish is heeded
_random_wait = tenacity.wait_random_exponential(multiplier=0.5, max=15)


class PassingError(ImageError):
    """What may be otherwise in a moment; `wait` is what the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


def retrying(attempts: int, ended: threading.Event) -> tenacity.Retrying:
    """What calls again, at most `attempts` times in all and not once `ended` is set, after a PassingError.

    Pauses grow and are random, or are those that the server asks for. The last error is raised as it is.
    """
    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_when_event_set(ended),
        wait=_wait,
        sleep=tenacity.sleep_using_event(ended),
        retry=tenacity.retry_if_exception_type(PassingError),
        reraise=True,
    )


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, PassingError) and error.wait is not None:
        return min(error.wait, _LONGEST_WAIT)
    return _random_wait(state)
