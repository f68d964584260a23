"""What the document around the pages is told, which no page draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st
from streamlit.components.v2 import component

from components import source
from language import SOURCE, language, later, t

#: What Streamlit says itself, in English whatever the page speaks; these are all that our pages can meet.
_STREAMLIT: Final = (
    later("Upload"),
    later("Add files"),
    later("Drag and drop files here"),
    later("{size} per file"),
    later("File must be {size} or smaller."),
    later("Press Enter to apply"),
    later("Press {keys}+Enter to apply"),
    later("Press Enter to submit form"),
    later("No results"),
    later("Select all"),
    later("Add: {label}"),
    later("Remove {label}"),
    later("Clear all"),
    later("Clear value"),
    later("Clear dates"),
    later("Clear date"),
    later("Choose date range"),
    later("Choose date and time"),
    later("Choose an option"),
    later("Choose options"),
    later("download icon"),
    later("Close"),
    later("Open"),
    later("Logo"),
    later("Sidebar"),
    later("Help for {label}"),
    later("Skip to main content"),
    later("Main menu"),
    later("App pages"),
    later("Navigate to home page"),
    later("{number} more"),
    later("Collapse sidebar"),
    later("Expand sidebar"),
    later("Fullscreen"),
    later("Close fullscreen"),
)


def document(kept: Sequence[str]) -> None:
    """Say which language the document is in, and what Streamlit says itself in that language.

    `kept`: what every page keeps of an address, which is no step of its own in the browser's history.
    """
    spoken = language()
    words = {} if spoken == SOURCE else {text: t(text) for text in _STREAMLIT}
    mount = component("lakefront_document", html="<span hidden></span>", js=source("document.js"))
    with st.container(key="document"):
        mount(data={"language": spoken, "words": words, "kept": list(kept)}, key="document-told")
