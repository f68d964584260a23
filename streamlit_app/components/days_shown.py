"""Fields of days that follow the address: what one holds may be what it showed before, and then nobody chose it."""

from __future__ import annotations

import datetime as dt
import time
from typing import Final

import streamlit as st

Days = tuple[dt.date, ...]
#: A browser has heard of what a field shows after so long.
_LATE_SECONDS: Final = 5.0


def follow(key: str, days: Days) -> None:
    """Let a field show days, and remember which it held before."""
    held = _held(key)
    if held != days:
        st.session_state[_before(key)] = (held, time.monotonic())
    st.session_state[key] = days


def chosen(key: str) -> Days | None:
    """Return the days that were chosen in a field; None where it holds what it showed before.

    A browser sends what all fields hold with every click, and may not have heard yet that this one shows others now.
    """
    held = _held(key)
    before, at = st.session_state.get(_before(key), (None, 0.0))
    return None if held == before and time.monotonic() - at < _LATE_SECONDS else held


def _held(key: str) -> Days:
    return tuple(st.session_state.get(key) or ())


def _before(key: str) -> str:
    return f"{key}-before"
