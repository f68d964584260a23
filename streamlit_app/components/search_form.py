"""The form of the page of search: all that is known of media, and a condition in SQL."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import streamlit as st

import people
import reads
import wording
from address import current, show
from components.fields import (
    ANY,
    DAYS,
    MORE,
    NO,
    RANGES,
    SWITCHES,
    YES,
    days_of,
    number_of,
    through_the_address,
    values_of,
    wanted,
)
from components.listing import pointed_at
from lakefront.errors import LakefrontError
from lakefront.media.assets import KINDS, SOURCE_SYSTEMS, TAGS
from lakefront.media.condition import LONGEST, ConditionError, condition_sql
from lakefront.media.query import AssetFilter
from language import later, t
from state import GalleryState

#: The filter that the form was filled from last: what somebody has begun to write is kept until another one is shown.
_FILLED: Final = "search_filled"
_FIELDS: Final = tuple(values_of(AssetFilter(), None))
#: Conditions to begin with, and what they find.
EXAMPLES: Final = (
    (later("Wide pictures"), "width > 2 * height"),
    (later("Of the last 30 days"), "upload_time >= current_date - interval '30' day"),
    (later("Without labels"), "cardinality(labels) = 0"),
    (later("From a camera"), "exif['Model'] IS NOT NULL"),
    (later("Long recordings"), "kind <> 'image' AND duration_seconds > 5"),
)


def search_form(state: GalleryState) -> None:
    """Draw the form; what is sent goes into the address bar."""
    types, span = _known()
    _fill(state, span)
    of = state.filter
    with st.form("search", border=True):
        st.text_input(t("Title or label"), key=_key("text"), placeholder=t("Any"), icon=":material/search:")
        with st.container(horizontal=True, gap="medium"):
            _pills(t("Kind"), "kinds", KINDS, of.kinds, wording.kind)
            _pills(t("Tag"), "tags", TAGS, of.tags)
            first, last = span or (None, None)
            since, until = days_of(of, span)
            st.date_input(
                t("Uploaded"),
                key=_key(DAYS),
                format="YYYY-MM-DD",
                min_value=min(filter(None, (first, since)), default=None),
                max_value=max(filter(None, (last, until)), default=None),
                width=240,
            )
        chosen = number_of(of, MORE)
        more = t("More fields ({number})", number=chosen) if chosen else t("More fields")
        with st.expander(more, icon=":material/tune:", expanded=bool(chosen)):
            _more(of, types)
        with st.expander(t("Condition in SQL"), icon=":material/rule:", expanded=bool(of.condition)):
            _condition(of)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.form_submit_button(t("Search"), type="primary", icon=":material/search:", on_click=_send)
            if state.narrow:
                st.form_submit_button(
                    t("Clear"), icon=":material/close:", type="tertiary", on_click=show, args=(state.cleared(),)
                )


def _key(name: str) -> str:
    return f"search-{name}"


def _known() -> tuple[list[str], tuple[dt.date, dt.date] | None]:
    """Return the media types that there are, and the first and the last day."""
    viewer = people.viewer()
    try:
        return sorted(reads.facets(viewer, AssetFilter())["mime_type"]), reads.days(viewer)
    except LakefrontError:
        return [], None  # the results below say it


def _fill(state: GalleryState, span: tuple[dt.date, dt.date] | None) -> None:
    """Let the form follow the address bar, so that links, back and forward fill it, too."""
    if st.session_state.get(_FILLED) == state.filter and _key("text") in st.session_state:
        return
    for name, value in values_of(state.filter, span).items():
        st.session_state[_key(name)] = value
    st.session_state[_FILLED] = state.filter


def _send(condition: str | None = None) -> None:
    values = {name: st.session_state.get(_key(name)) for name in _FIELDS}
    if condition is not None:
        values["condition"] = condition
    st.session_state.pop(_FILLED, None)
    # Through the address and back: what it cannot hold is not filtered by.
    show(through_the_address(current().narrowed(**wanted(values))))


def _more(of: AssetFilter, types: list[str]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for words, name, example in (
            (t("Labels, all of them"), "labels", t("Type a label")),
            (t("EXIF, a tag and what it contains"), "exif", "Model=x-100"),
        ):
            options = list(getattr(of, name))
            st.multiselect(words, options, key=_key(name), accept_new_options=True, placeholder=example, width=300)
        st.multiselect(
            t("Media type"),
            sorted({*types, *of.mime_types}),
            key=_key("mime_types"),
            placeholder=t("Any"),
            width=300,
        )
    with st.container(horizontal=True, gap="medium"):
        for words, names, unit in RANGES:
            with st.container(width=220, gap=None):
                st.markdown(f":small[{t(words)}]")
                with st.container(horizontal=True, gap="xsmall"):
                    for name, end in zip(names, (t("from"), t("to")), strict=True):
                        st.number_input(
                            f"{t(words)}, {end}",
                            min_value=0 if unit == 1 else 0.0,
                            step=1 if unit == 1 else 0.1,
                            key=_key(name),
                            placeholder=end,
                            label_visibility="collapsed",
                        )
    with st.container(horizontal=True, gap="medium"):
        _pills(t("Source"), "source_systems", SOURCE_SYSTEMS, of.source_systems)
        for words, name in SWITCHES:
            st.segmented_control(t(words), (ANY, YES, NO), key=_key(name), format_func=t, required=True)


def _condition(of: AssetFilter) -> None:
    wrong = _fault(of.condition)
    st.text_area(
        t("True or false of each item; it is asked together with the fields above"),
        key=_key("condition"),
        placeholder=EXAMPLES[0][1],
        max_chars=LONGEST,
        height=80,
    )
    if wrong:
        st.markdown(f":red[:material/error:] {wording.sentence(wrong.what)} {wording.sentence(wrong.fix)}")
        if wrong.span:
            st.code(pointed_at(of.condition, *wrong.span), language=None)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption(t("For example:"), width="content")
        for at, (words, condition) in enumerate(EXAMPLES):
            st.form_submit_button(
                t(words), key=f"example-{at}", help=f"`{condition}`", on_click=_send, args=(condition,)
            )
    st.caption(t("The columns, and what they hold:"))
    with st.container(height=220, key="columns"):
        st.table(
            [
                {t("Column"): f"`{column.name}`", t("Type"): f"`{column.type}`", t("What it is"): told}
                for column in reads.media_columns()
                if (told := wording.plain(column.description))
            ],
            border="horizontal",
        )
    functions = t(
        "Comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, arithmetic, and functions of one value: {functions}.",
        functions="`lower`, `upper`, `length`, `substr`, `strpos`, `starts_with`, `coalesce`, `abs`, `round`,"
        " `year`, `month`, `day`, `contains(labels, 'x')`, `cardinality(labels)`, `exif['Model']`",
    )
    st.markdown(f":small[{functions}]")


def _fault(condition: str) -> ConditionError | None:
    try:
        condition_sql(condition or "true")
    except ConditionError as error:
        return error
    return None


def _pills(words: str, name: str, values: tuple[str, ...], chosen: tuple[str, ...], said: Any = str) -> None:
    st.pills(
        words,
        [*values, *sorted({*chosen} - {*values})],
        selection_mode="multi",
        key=_key(name),
        format_func=lambda value: wording.plain(said(value)),
    )
