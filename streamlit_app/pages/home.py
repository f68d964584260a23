"""Home: what this is, what is in it, and whether everything answers."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import bundle_dashboards
import home_reads
import people
import reads
import wording
from address import of_every_page
from api.health import WITHOUT, Health, problems
from components import notice, trigger
from components.grid import grid
from components.kept import known
from components.trouble import down
from lakefront.errors import LakefrontError, NotAllowedError
from lakefront.media.query import AssetFilter
from language import n, t

_STRIP = "strip"
#: An item that was chosen, until the gallery opens it.
_GO = "_go"
_NEWEST = 8
_REFRESH_SECONDS = 15
_TABLES_SHOWN = 12


@st.fragment(run_every=_REFRESH_SECONDS)
def newest() -> None:
    """Draw the newest items; a click opens one in the gallery. They come back by themselves when Trino does."""
    wanted = st.session_state.pop(_GO, None)
    if wanted:
        st.switch_page("pages/gallery.py", query_params={"open": wanted} | of_every_page())
    waiting = waiting_words("newest", t("Reading the newest items …"))
    try:
        page = known("newest", lambda: reads.page(people.viewer(), AssetFilter(), None)).value
    except NotAllowedError:
        waiting.empty()
        return  # the parts below say what is not for this person
    except LakefrontError:
        waiting.caption(t("The newest items are shown as soon as Trino answers."))
        return
    waiting.empty()

    def opened() -> None:
        st.session_state[_GO] = trigger(_STRIP, "open")

    assets = page.assets[:_NEWEST]
    if assets:
        shown = repr([asset.asset_id for asset in assets])
        grid(assets, key=_STRIP, page=shown, on_open=opened, strip=True)


@st.fragment(run_every=_REFRESH_SECONDS, parallel=True)
def totals() -> None:
    """Draw how much media there is; comes back by itself when Trino does."""
    waiting = waiting_words("totals", t("Counting the media …"))
    try:
        found = known("totals", lambda: home_reads.media_totals(people.viewer()))
    except NotAllowedError as error:
        not_allowed(waiting, error)
        return
    except LakefrontError:
        waiting.caption(t("The media are counted as soon as Trino answers."))
        return
    waiting.empty()
    kinds = {total.kind: total for total in found.value}
    with st.grid(4, min_column_width=140):
        for kind in wording.KINDS:
            st.metric(wording.kind(kind), wording.number(kinds[kind].assets if kind in kinds else 0))
        st.metric(t("Size of originals"), wording.size(sum(total.size for total in kinds.values())))
    older(found.as_it_was)


@st.fragment(run_every=_REFRESH_SECONDS, parallel=True)
def tables() -> None:
    """Draw the tables of the lake that the viewer may see, with their rows."""
    waiting = waiting_words("tables", t("Counting the rows of every table …"))
    try:
        read = known("tables", lambda: home_reads.table_totals(people.viewer()))
    except NotAllowedError as error:
        not_allowed(waiting, error)
        return
    except LakefrontError:
        waiting.caption(t("Tables are listed as soon as Trino answers."))
        return
    waiting.empty()
    found = read.value
    if not found:
        return
    st.markdown(f"## {t('Tables')}")
    older(read.as_it_was)
    rows = [f"| {wording.plain(each.name)} | {wording.number(each.rows)} |" for each in found]
    head = [f"| {t('Table')} | {t('Rows that you see')} |", "| :-- | --: |"]
    st.markdown("\n".join(head + rows[:_TABLES_SHOWN]))
    if len(rows) > _TABLES_SHOWN:
        with st.expander(n("{number} more table", "{number} more tables", len(rows) - _TABLES_SHOWN)):
            st.markdown("\n".join(head + rows[_TABLES_SHOWN:]))


def card(health: Health) -> None:
    """Draw one part: its name, state, latency and version."""
    with st.container(border=True, gap="xxsmall", height="stretch"):
        dot = ":green[●]" if health.up else ":red[●]"
        st.markdown(f"{dot} **{t(health.title)}**")
        if health.up and health.latency is not None:
            answered = t("Reachable, {time}", time=wording.milliseconds(health.latency))
            st.caption(f"{answered}  \n{wording.plain(health.version)}")
        else:
            st.caption(t("Not reachable"))


@st.fragment(run_every=_REFRESH_SECONDS, parallel=True)
def parts() -> None:
    """Draw every part of the stack; asked anew every few seconds while the page is open."""
    waiting = waiting_words("parts", t("Asking every component how it is …"))
    found = reads.health_checks().run()
    waiting.empty()
    st.markdown(f"## {t('Components')}")
    for health in problems(found):
        what, fix = down(health)
        st.warning(f"{what} {t(WITHOUT[health.name])}  \n{fix}", icon=":material/cloud_off:")
    with st.grid(5, min_column_width=150, gap="xsmall"):
        for health in found:
            card(health)


def older(when: str) -> None:
    """Say that numbers are older than the page, if they are. What does not answer is said among the parts."""
    if when:
        st.caption(f":material/cloud_off: {when}")


def waiting_words(name: str, words: str) -> DeltaGenerator:
    """Return a place that says what is under way when there is nothing to look at yet."""
    place = st.empty()
    if not st.session_state.get(f"_seen_{name}"):
        st.session_state[f"_seen_{name}"] = True
        place.caption(words)
    return place


def not_allowed(place: DeltaGenerator, error: NotAllowedError) -> None:
    """Say what is not for this person, and whom to ask."""
    with place.container():
        notice.caption(error.what, error.fix, icon=":material/lock:")


with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    with st.container(width="content", gap="xxsmall"):
        st.markdown("# Lakefront")
        st.markdown(t("The front end of this lakehouse: dashboards for its numbers, a gallery for its media."))
    with st.container(horizontal=True, width="content", gap="xsmall"):
        if st.button(t("Open the gallery"), type="primary", icon=":material/photo_library:"):
            st.switch_page("pages/gallery.py", query_params=of_every_page())
        for dashboard in bundle_dashboards.dashboards():
            st.link_button(wording.plain(dashboard.title), dashboard.address, icon=":material/bar_chart:")
# Each in a place of its own: whoever may not see the newest items would otherwise move every part up by one, and the
# numbers of the person looked as before would stand below the new ones until the run ends.
for part in (newest, totals, parts, tables):
    with st.container():
        part()
