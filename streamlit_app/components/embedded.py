"""A Superset dashboard inside a page, as the person who looks."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st
from streamlit.components.v2 import component

import people
import reads
from components import source
from lakefront.superset.guest_token import LIFE, guest_token
from language import later, t

#: A new token is sent long before the last one ends, which may be while the page is in the background.
_RENEWED_AFTER: Final = LIFE // 3
_WORDS: Final = {
    "opening": later("Opening the dashboard …"),
    "slow": later("Superset takes long over this dashboard, or does not answer. Home says how it is."),
}


@st.fragment(run_every=_RENEWED_AFTER)
def embedded(uuid: str, title: str) -> None:
    """Draw a dashboard of the bundle that is `embedded` in `explorer`; `uuid` as it stands in its file.

    It is drawn for whoever looks: Superset asks Trino in her name. Her token never stands in an address.
    """
    settings = reads.settings()
    person = people.viewer()
    mount = component(
        "lakefront_embedded",
        html=source("embedded.html"),
        css=source("embedded.css"),
        js=source("embedded.js"),
    )
    data = {
        "origin": settings.service("superset").url,
        "uuid": uuid,
        "title": title,
        "person": person,
        "token": guest_token(settings.secrets.guest_secret, settings.env_name, person, [uuid], now=time.time()),
        "words": {name: t(words) for name, words in _WORDS.items()},
    }
    mount(data=data, key=f"embedded-{uuid}-{person}")
