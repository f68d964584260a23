"""What a page has read, kept by its session for the time that it cannot be read again."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import streamlit as st

import people
from components.trouble import tell
from lakefront.errors import BadInputError, LakefrontError, NotAllowedError
from language import t

T = TypeVar("T")

_KEPT: Final = "kept"
_MOST: Final = 60
#: Parts of a page may be drawn side by side.
_LOCK: Final = threading.Lock()


@dataclass(frozen=True)
class Known(Generic[T]):
    """What there is to show: `value` as it is now; or as it was at `when`, and `error` says why not as it is now."""

    value: T
    when: dt.datetime
    error: LakefrontError | None = None

    @property
    def as_it_was(self) -> str:
        """When it was so, as a sentence; nothing where it is so now."""
        return t("This is how it was at {time} UTC.", time=f"{self.when:%H:%M:%S}") if self.error else ""

    def tell(self, lost: str) -> None:
        """Say what does not work, if anything does not, as `trouble.tell`, and that what is shown is older."""
        if self.error:
            tell(self.error, f"{lost} {self.as_it_was}")


def known(place: Hashable, ask: Callable[[], T]) -> Known[T]:
    """Return what is asked for; where that fails, as this session has read it last for the same person.

    `place`: names what it is. Raises what `ask` raises where nothing was read before, where the question itself is
    wrong, and where it is not allowed: what somebody may not see any more is forgotten.
    """
    whose = (people.viewer(), place)
    kept: dict[Hashable, tuple[Any, dt.datetime]] = st.session_state.setdefault(_KEPT, {})
    try:
        value = ask()
    except NotAllowedError:
        with _LOCK:
            kept.pop(whose, None)
        raise
    except LakefrontError as error:
        if isinstance(error, BadInputError) or whose not in kept:
            raise
        value, when = kept[whose]
        return Known(value, when, error)
    now = dt.datetime.now(dt.UTC)
    with _LOCK:
        kept.pop(whose, None)
        kept[whose] = (value, now)
        while len(kept) > _MOST:
            del kept[next(iter(kept))]
    return Known(value, now)
