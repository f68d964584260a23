"""A warning in the page's language; what the toolkit says in English only stands below it, as English."""

from __future__ import annotations

import html

import streamlit as st

import sentences
import wording
from language import t


def notice(head: str, *what: str, icon: str, fix: str = "", then: str = "") -> None:
    """Warn. `head` and `then` are Markdown in the page's language; `what` and `fix` are sentences of the toolkit."""
    lines = [head, *(wording.sentence(each) for each in what if sentences.said(each))]
    known = sentences.said(fix) if fix else None
    if known:
        lines.append(t("To mend it: {fix}.", fix=wording.words(known)))
    st.warning("  \n".join(filter(None, [*lines, then])), icon=icon)
    in_english(*what, fix)


def in_english(*texts: str) -> None:
    """Draw sentences of the toolkit that the page's language has no words for, if there are any."""
    left = [text for text in texts if text and not sentences.said(text)]
    if left:
        said = " ".join(
            wording.begun(text) if text.endswith((".", "?")) else f"{wording.begun(text)}." for text in left
        )
        st.html(f'<p class="in-english" lang="en">{html.escape(said)}</p>')


def caption(*texts: str, icon: str = "") -> None:
    """Say sentences of the toolkit quietly."""
    lines = [wording.sentence(text) for text in texts if sentences.said(text)]
    if lines:
        st.caption(f"{icon} " * bool(icon) + "  \n".join(lines))
    in_english(*texts)
