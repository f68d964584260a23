"""What our routes say when the object store does not answer."""

from __future__ import annotations

from typing import Final

NOT_KEPT: Final = {"Cache-Control": "no-store"}
NO_STORE: Final = "The object store does not answer; try again in a few seconds.\n"


class StoreError(Exception):
    """The object store does not answer as it should."""
