"""HTTP as Trino's client uses it: one wait for each answer."""

from __future__ import annotations

from typing import Any, Final

import requests

#: Code of the error for a Trino that takes a connection, or none, and does not answer in time.
TOO_LATE: Final = "trino-timeout"
#: Seconds for which a server that has just not answered is asked to cancel.
_LAST_WAIT: Final = 1.0


class TooLateError(requests.RequestException):
    """No answer came in time. It is none of those that the client tries again after."""


class OneWait(requests.Session):
    """Waits for an answer as long as it is told, once.

    The client would send the statement anew after that, three times in all, though it may run already; and after an
    HTTP 429 it would sleep as long as the answer says, for hours if need be.
    """

    def __init__(self) -> None:
        super().__init__()
        self._too_late = False

    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request. Raises TooLateError."""
        if self._too_late:
            options["timeout"] = _LAST_WAIT
        try:
            answer = super().request(*arguments, **options)
        except requests.Timeout as error:
            self._too_late = True
            raise TooLateError(str(error)) from error
        answer.headers.pop("Retry-After", None)
        return answer
