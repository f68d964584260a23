"""Parts that pages are put together from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st


@cache
def source(*names: str) -> str:
    """Return the text of files of this folder, one after the other."""
    return "\n".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in names)


def trigger(key: str, name: str) -> str | None:
    """Return what a component sent; None when it is not on the page any more (its run was cut short)."""
    value = getattr(st.session_state.get(key), name, None)
    return str(value) if value else None
