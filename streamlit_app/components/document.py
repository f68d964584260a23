"""What the document around the pages is told, which no page draws."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.components.v2 import component

from components import source


def document(language: str, kept: Sequence[str]) -> None:
    """Say which language the document is in.

    `kept`: what every page keeps of an address, which is no step of its own in the browser's history.
    """
    mount = component("lakefront_document", html="<span hidden></span>", js=source("document.js"))
    with st.container(key="document"):
        mount(data={"language": language, "kept": list(kept)}, key="document-told")
