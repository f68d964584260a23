"""Dashboards: those of Superset that pages of the explorer may show, as the person who looks."""

from __future__ import annotations

import streamlit as st

import bundle_dashboards
import people
import query
import reads
import wording
from components.embedded import embedded
from components.notice import notice
from lakefront.errors import LakefrontError
from lakefront.superset.embedded import EmbeddedDashboard
from language import t

_PARAMETER = "dashboard"


def choose(shown: tuple[EmbeddedDashboard, ...]) -> EmbeddedDashboard:
    """Draw the dashboards to choose from, and return the chosen one: the address names it."""
    by_slug = {item.slug: item for item in shown}
    named = query.one(_PARAMETER)
    chosen = named if named in by_slug else shown[0].slug
    if len(shown) > 1:
        picked = st.segmented_control(
            t("Dashboard"),
            list(by_slug),
            default=chosen,
            format_func=lambda slug: by_slug[slug].title,
            required=True,
            label_visibility="collapsed",
        )
        chosen = picked or chosen
    if named != chosen and len(shown) > 1:
        query.put_one(_PARAMETER, chosen)
    return by_slug[chosen]


def draw() -> None:
    """Draw the page."""
    try:
        with st.spinner(t("Reading the dashboards …")):
            every = bundle_dashboards.embedded()
    except LakefrontError as error:
        notice(f"**{t('The dashboards cannot be read.')}**", error.what, fix=error.fix, icon=":material/error:")
        return
    if not every.dashboards:
        st.info(t("No dashboard is shown here yet. Write `embedded: [explorer]` into its file, and apply it."))
        return
    shown = every.of(people.viewer())
    if not shown:
        owner = wording.plain(reads.settings().manifest.bundle.contact or t("an admin"))
        what, how = (
            t("Your roles open none of the data of these dashboards."),
            t("Ask {contact} for a role that does.", contact=owner),
        )
        st.warning(f"{what}  \n{how}", icon=":material/lock:")
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        place = st.container(key="dashboard", width="stretch", gap="xxsmall")
        link = st.container(width="content")
    with place:
        chosen = choose(shown)
        st.markdown(f"# {wording.plain(chosen.title)}")
        if chosen.description:
            st.caption(wording.plain(chosen.description))
    link.link_button(t("Open in Superset"), bundle_dashboards.address_of(chosen.slug), icon=":material/open_in_new:")
    embedded(chosen.uuid, chosen.title)


draw()
