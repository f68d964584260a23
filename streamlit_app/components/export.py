"""Exports: the menu of formats, each with what it would be, and how far those are that were begun."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final, cast

import streamlit as st
from streamlit.components.v2 import component

import people
import reads
import wording
from components import source, trigger
from lakefront.media.counting import Totals
from lakefront.media.export import FORMATS, LIMITS, Format, Wanted, write_permit
from language import later, n, t
from state import GalleryState

#: Formats in words: what they are called, and what they are good for.
_FORMATS: Final = {
    "csv": (later("CSV"), later("for spreadsheets")),
    "parquet": (later("Parquet"), later("with types, for data tools")),
    "json": (later("JSON manifest"), later("everything that is known, and the query")),
    "zip": (later("Originals as zip"), later("the files themselves, with a manifest")),
}
#: Exports that were begun: what the page has to know to ask how far they are.
_BEGUN: Final = "exports_begun"
_MOST_BEGUN: Final = 5
_PROGRESS: Final = "export-progress"


def export_menu(key: str, wanted: Wanted, held: Totals, *, words: str = "") -> None:
    """Draw the button that opens the menu. `held`: how much it is; without `words` the button has its icon only."""
    menu = st.popover(
        words,
        icon=":material/download:",
        help=None if words else t("Export all that the filters leave"),
        key=key,
        on_change="rerun",
    )
    # What was opened once stays, open or not: a browser may show formats, and take a click on one, while a run in which
    # the menu was closed is on its way. Streamlit would not hear of the click where that run has no formats.
    opened = f"{key}-opened"
    if menu.open:
        st.session_state[opened] = True
    # As high as the formats will be: a menu that grew after it had opened would not fit below its button.
    with menu, st.container(key=f"{key}-formats"):
        if st.session_state.get(opened):
            _offers(key, wanted, held)


def export_all(state: GalleryState, held: Totals) -> None:
    """Draw the menu for all that the filters leave, in their order."""
    export_menu("export-all", Wanted(filter=state.filter, sort=state.sort, as_of=state.as_of), held)


def _offers(key: str, wanted: Wanted, held: Totals) -> None:
    text, mount = wanted.text(), f"{key}-offers"
    viewer, now = people.viewer(), dt.datetime.now(dt.UTC)
    signing_key = reads.settings().secrets.signing_key

    def began() -> None:
        told = trigger(mount, "begin")
        if told:
            begun: list[dict[str, str]] = st.session_state.setdefault(_BEGUN, [])
            said = cast("dict[str, Any]", json.loads(told))
            begun.append({name: str(said.get(name, "")) for name in ("token", "run", "words")})
            del begun[:-_MOST_BEGUN]
            st.session_state[key] = False

    offers = [
        {
            "format": of,
            "name": t(_FORMATS[of][0]),
            "what": t(_FORMATS[of][1]),
            "size": _size(of, held),
            "barred": _barred(of, held),
            "token": write_permit(signing_key, viewer, of, text, now=now),
        }
        for of in FORMATS
    ]
    draw = component(
        "lakefront_export", html=source("export.html"), css=source("export.css"), js=source("sending.js", "export.js")
    )
    draw(data={"offers": offers, "what": text, "label": t("Formats")}, key=mount, on_begin_change=began)


def _size(of: Format, held: Totals) -> str:
    if of != "zip":
        return n("{count} row", "{count} rows", held.assets, count=wording.number(held.assets))
    files = n("{count} file", "{count} files", held.assets, count=wording.number(held.assets))
    return f"{files}, {wording.size(held.bytes)}" if held.bytes else files


def _barred(of: Format, held: Totals) -> str:
    """Return why an export is too much, if it is."""
    most = wording.number(LIMITS.files if of == "zip" else LIMITS.rows)
    if held.assets > (LIMITS.files if of == "zip" else LIMITS.rows):
        return t("At most {number} at once: choose days, or set more filters.", number=most)
    if of == "zip" and held.bytes > LIMITS.bytes:
        return t("At most {size} at once: choose fewer.", size=wording.size(LIMITS.bytes))
    return "" if held.assets else t("There is nothing to export.")


def under_way() -> bool:
    """Tell whether there are exports to tell of."""
    return bool(st.session_state.get(_BEGUN))


def sendings() -> None:
    """Draw how far the exports are that were begun, until each is put away."""
    begun: list[dict[str, str]] = st.session_state.get(_BEGUN, [])
    if not begun:
        return

    def ended() -> None:
        run = trigger(_PROGRESS, "end")
        st.session_state[_BEGUN] = [each for each in st.session_state.get(_BEGUN, []) if each["run"] != run]

    draw = component(
        "lakefront_export_progress",
        html=source("progress.html"),
        css=source("export.css"),
        js=source("sending.js", "progress.js"),
    )
    words = {
        "preparing": t("Looking what is there …"),
        "sending": t("{sent} of {of} sent"),
        "growing": t("{sent} sent"),
        "done": t("Saved: {sent}"),
        "incomplete": t("Saved: {sent}. Not in the object store: {missing}; the manifest names them."),
        "stopped": t("Stopped in the browser after {sent}."),
        "unknown": t("The browser shows how far it is."),
        "close": t("Close"),
    }
    with st.container(key="sending"):
        draw(data={"begun": begun, "words": words}, key=_PROGRESS, on_end_change=ended)
