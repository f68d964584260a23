"""A service that is down, in words, and the page coming back by itself."""

from __future__ import annotations

import time

import streamlit as st

import reads
import sentences
import wording
from api.health import Health
from components.notice import notice
from lakefront.errors import LakefrontError, NotAllowedError
from language import t

_TRY_AGAIN_SECONDS = 4


def tell(error: LakefrontError, lost: str) -> None:
    """Say what does not work, why, and what to do; unless it is not allowed, try again every few seconds.

    `lost`: what that takes from the page, in its language.
    """
    if isinstance(error, NotAllowedError):
        notice(f"**{lost}**", error.what, error.fix, icon=":material/lock:")
        return
    again, icon = t("This page tries again every few seconds."), ":material/cloud_off:"
    found = reads.failing()
    if found:
        lines = [f"**{lost}**", *(line for health in found for line in down(health)), again]
        st.warning("  \n".join(lines), icon=icon)
    else:
        notice(f"**{lost}**", error.what, fix=error.fix, then=again, icon=icon)
    _come_back(time.monotonic())


def down(health: Health) -> tuple[str, str]:
    """Return what does not answer, and what to do, as Markdown."""
    problem, fix = (sentences.said(text) or text for text in (health.problem, health.fix))
    name, address = f"**{t(health.title)}**", wording.plain(health.url)
    return t("{part} at {address}: {problem}.", part=name, address=address, problem=wording.words(problem)), (
        wording.words(fix)
    )


@st.fragment(run_every=_TRY_AGAIN_SECONDS)
def _come_back(failed_at: float) -> None:
    if time.monotonic() - failed_at < _TRY_AGAIN_SECONDS / 2:
        return  # this is the run that has just failed; the timer brings the next
    if not reads.failing():
        reads.gate().open()
        st.rerun(scope="app")
