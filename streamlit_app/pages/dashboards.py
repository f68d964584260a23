"""Dashboards: those of Superset that pages of the explorer may show, as the person who looks."""

from __future__ import annotations

import streamlit as st

import people
import reads
import wording
from components.embedded import embedded
from lakefront.errors import LakefrontError
from lakefront.superset.embedded import EmbeddedDashboard

_PARAMETER = "dashboard"


def choose(shown: tuple[EmbeddedDashboard, ...]) -> EmbeddedDashboard:
    """Draw the dashboards to choose from, and return the chosen one: the address names it."""
    by_slug = {item.slug: item for item in shown}
    named = st.query_params.get(_PARAMETER)
    chosen = named if named in by_slug else shown[0].slug
    if len(shown) > 1:
        picked = st.segmented_control(
            "Dashboard",
            list(by_slug),
            default=chosen,
            format_func=lambda slug: by_slug[slug].title,
            required=True,
            label_visibility="collapsed",
        )
        chosen = picked or chosen
    if named != chosen and len(shown) > 1:
        st.query_params[_PARAMETER] = chosen
    return by_slug[chosen]


def draw() -> None:
    """Draw the page."""
    try:
        every = reads.embedded_dashboards()
    except LakefrontError as error:
        st.warning(
            f"**The dashboards cannot be read.**  \n{wording.sentence(error.what)}  \n"
            f"To mend it: {wording.words(error.fix)}.",
            icon=":material/error:",
        )
        return
    if not every.dashboards:
        st.info("No dashboard is shown here yet. Write `embedded: [explorer]` into its file, and apply it.")
        return
    shown = every.of(people.viewer())
    if not shown:
        owner = reads.settings().manifest.bundle.contact or "an admin"
        st.warning(
            "Your roles open none of the data of these dashboards.  \n"
            f"Ask {wording.plain(owner)} for a role that does.",
            icon=":material/lock:",
        )
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        place = st.container(width="stretch", gap="xxsmall")
        link = st.container(width="content")
    with place:
        chosen = choose(shown)
        st.markdown(f"# {wording.plain(chosen.title)}")
        if chosen.description:
            st.caption(wording.plain(chosen.description))
    link.link_button("Open in Superset", reads.dashboard_address(chosen.slug), icon=":material/open_in_new:")
    embedded(chosen.uuid, chosen.title)


draw()
