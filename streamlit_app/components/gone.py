"""A state of the media that is not there: whether it was expired, since when states are kept, and a way to one."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

import reads
import wording
from components.notice import notice
from lakefront.errors import BadInputError
from lakefront.media.gone import Gone
from lakefront.media.query import parse_as_of
from language import t

_ICON = ":material/history:"


def tell_gone(error: BadInputError, *names: str | None, go: Callable[[str], None] | None = None) -> None:
    """Say that a state is not there, and why as far as that is known.

    `names`: the states that were asked for, as the address has them. `go` is called with the earliest state that is
    kept, when it is asked for.
    """
    name, found = next(((name, each) for name in names if name and (each := _gone(name))), ("", None))
    if found is None:
        notice("", error.what, icon=_ICON)
        return
    kept = ""
    if found.earliest:
        kept = t("States are kept from {when} on.", when=wording.moment(found.earliest.since, seconds=True))
    if found.since is None:
        notice("", error.what, icon=_ICON, then=kept)
    else:
        named, since = wording.plain(name), wording.moment(found.since, seconds=True)
        expired = t("The state of the media as of {moment} was expired: it is not kept any more.", moment=named)
        st.warning(f"**{expired}** {t('It began at {when}.', when=since)}  \n{kept}", icon=_ICON)
    if go and found.earliest:
        earliest = str(found.earliest.snapshot)
        st.button(t("The earliest state that is kept"), key="earliest-kept", on_click=go, args=(earliest,))


@st.cache_data(ttl=30, max_entries=500, show_spinner=False)
def _gone(name: str) -> Gone | None:
    """Return what is known of a state that is not there; None where nothing is, or it is there."""
    try:
        return reads.metadata().gone(parse_as_of(name))
    except BadInputError:
        return None  # its name is none of a state
