"""A service that is down, in words, and the page coming back by itself."""

from __future__ import annotations

import time

import streamlit as st

import reads
import wording
from api.health import problems
from lakefront.errors import LakefrontError, NotAllowedError

_TRY_AGAIN_SECONDS = 4
#: What a page needs to be read: the engine, and what the engine reads from.
_NEEDED = ("trino", "catalog", "objects")


def tell(error: LakefrontError, lost: str) -> None:
    """Say what does not work, why, and what to do; unless it is not allowed, try again every few seconds."""
    lines = [f"**{lost}**"]
    if isinstance(error, NotAllowedError):
        lines += [wording.sentence(error.what), wording.sentence(error.fix)]
        st.warning("  \n".join(lines), icon=":material/lock:")
        return
    found = list(problems(reads.health_checks().run(_NEEDED)))
    for health in found:
        lines.append(f"{health.title} at {wording.plain(health.url)}: {wording.words(health.problem)}.")
        lines.append(wording.words(health.fix))
    if not found:
        lines += [wording.sentence(error.what), f"To mend it: {wording.words(error.fix)}."]
    lines.append("This page tries again every few seconds.")
    st.warning("  \n".join(lines), icon=":material/cloud_off:")
    _come_back(time.monotonic())


@st.fragment(run_every=_TRY_AGAIN_SECONDS)
def _come_back(failed_at: float) -> None:
    if time.monotonic() - failed_at < _TRY_AGAIN_SECONDS / 2:
        return  # this is the run that has just failed; the timer brings the next
    if not any(problems(reads.health_checks().run(_NEEDED))):
        st.rerun(scope="app")
