"""Home: what this is, what is in it, and whether everything answers."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import people
import reads
import wording
from api.health import WITHOUT, Health, problems
from components import trigger
from components.grid import grid
from lakefront.errors import LakefrontError, NotAllowedError
from lakefront.media.query import AssetFilter

_STRIP = "strip"
_NEWEST = 8
_REFRESH_SECONDS = 15
_TABLES_SHOWN = 12


def newest() -> None:
    """Draw the newest items; a click opens one in the gallery."""
    try:
        page = reads.page(people.viewer(), AssetFilter(), None)
    except LakefrontError:
        return  # the parts below say what is wrong

    def opened() -> None:
        st.session_state["_go"] = trigger(_STRIP, "open")

    assets = page.assets[:_NEWEST]
    if assets:
        shown = repr([asset.asset_id for asset in assets])
        grid(assets, key=_STRIP, page=shown, on_open=opened, strip=True)


@st.fragment(run_every=_REFRESH_SECONDS, parallel=True)
def totals() -> None:
    """Draw how much media there is; comes back by itself when Trino does."""
    waiting = waiting_words("totals", "Counting the media …")
    try:
        kinds = {total.kind: total for total in reads.media_totals(people.viewer())}
    except NotAllowedError as error:
        waiting.caption(not_allowed(error))
        return
    except LakefrontError:
        waiting.caption("The media are counted as soon as Trino answers.")
        return
    waiting.empty()
    with st.grid(4, min_column_width=140):
        for kind, word in wording.KINDS.items():
            st.metric(word, wording.number(kinds[kind].assets if kind in kinds else 0))
        st.metric("Size of originals", wording.size(sum(total.size for total in kinds.values())))


@st.fragment(run_every=_REFRESH_SECONDS, parallel=True)
def tables() -> None:
    """Draw the tables of the lake that the viewer may see, with their rows."""
    waiting = waiting_words("tables", "Counting the rows of every table …")
    try:
        found = reads.table_totals(people.viewer())
    except NotAllowedError as error:
        waiting.caption(not_allowed(error))
        return
    except LakefrontError:
        waiting.caption("Tables are listed as soon as Trino answers.")
        return
    waiting.empty()
    if not found:
        return
    st.markdown("### Tables")
    rows = [f"| {wording.plain(t.name)} | {wording.number(t.rows)} |" for t in found]
    head = ["| Table | Rows that you see |", "| :-- | --: |"]
    st.markdown("\n".join(head + rows[:_TABLES_SHOWN]))
    if len(rows) > _TABLES_SHOWN:
        with st.expander(f"{len(rows) - _TABLES_SHOWN} more tables"):
            st.markdown("\n".join(head + rows[_TABLES_SHOWN:]))


def card(health: Health) -> None:
    """Draw one part: its name, state, latency and version."""
    with st.container(border=True, gap="xxsmall", height="stretch"):
        dot = ":green[●]" if health.up else ":red[●]"
        st.markdown(f"{dot} **{health.title}**")
        if health.up and health.latency is not None:
            st.caption(f"Reachable, {wording.milliseconds(health.latency)}  \n{wording.plain(health.version)}")
        else:
            st.caption("Not reachable")


@st.fragment(run_every=_REFRESH_SECONDS, parallel=True)
def parts() -> None:
    """Draw every part of the stack; asked anew every few seconds while the page is open."""
    waiting = waiting_words("parts", "Asking every component how it is …")
    found = reads.health_checks().run()
    waiting.empty()
    st.markdown("### Components")
    for health in problems(found):
        st.warning(
            f"**{health.title}** at {wording.plain(health.url)}: {wording.plain(health.problem)}."
            f" {WITHOUT[health.name]}  \n{wording.words(health.fix)}",
            icon=":material/cloud_off:",
        )
    with st.grid(5, min_column_width=150, gap="xsmall"):
        for health in found:
            card(health)


def waiting_words(name: str, words: str) -> DeltaGenerator:
    """Return a place that says what is under way when there is nothing to look at yet."""
    place = st.empty()
    if not st.session_state.get(f"_seen_{name}"):
        st.session_state[f"_seen_{name}"] = True
        place.caption(words)
    return place


def not_allowed(error: NotAllowedError) -> str:
    """Return what is not for this person, and whom to ask."""
    return f":material/lock: {wording.sentence(error.what)}  \n{wording.sentence(error.fix)}"


wanted = st.session_state.pop("_go", None)
if wanted:
    st.switch_page("pages/gallery.py", query_params={"open": wanted})

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    with st.container(width="content", gap="xxsmall"):
        st.markdown("# Lakefront")
        st.markdown("The front end of this lakehouse: dashboards for its numbers, a gallery for its media.")
    with st.container(horizontal=True, width="content", gap="xsmall"):
        if st.button("Open the gallery", type="primary", icon=":material/photo_library:"):
            st.switch_page("pages/gallery.py")
        for dashboard in reads.dashboards():
            st.link_button(wording.plain(dashboard.title), dashboard.address, icon=":material/bar_chart:")
# Each in a place of its own: whoever may not see the newest items would otherwise move every part up by one, and the
# numbers of the person looked as before would stand below the new ones until the run ends.
for part in (newest, totals, parts, tables):
    with st.container():
        part()
