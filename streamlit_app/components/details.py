"""The window in which one item is shown large."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

import people
import reads
import wording
from address import current, show_item
from components import trigger
from components.asset import asset_view
from components.trouble import tell
from lakefront.errors import LakefrontError
from lakefront.media import objects
from lakefront.media.duplicates import Match
from lakefront.media.query import Asset

_ASSET = "asset"
#: The item that was open last; the grid gives it the keyboard's focus back.
LAST = "last"


def _closed() -> None:
    st.session_state[LAST] = current().open
    show_item(None)


@st.dialog("Details", width="large", on_dismiss=_closed)
def details(neighbours: list[str]) -> None:
    """Show the open item with everything that is known of it, and the way to its neighbours on the page."""
    state = current()
    if not state.open:
        return
    try:
        found = reads.asset(people.viewer(), state.open, state.as_of)
    except LakefrontError as error:
        tell(error, "This item cannot be shown.")
        return
    if found is None:
        st.info("This item is not here any more, or you may not see it. Close this window to go on.")
        return
    _draw(found, neighbours)


def _draw(asset: Asset, neighbours: list[str]) -> None:
    settings = reads.settings()
    at = neighbours.index(asset.asset_id) if asset.asset_id in neighbours else None

    def go() -> None:
        wanted = trigger(_ASSET, "go")
        if wanted:
            show_item(wanted)

    asset_view(
        asset,
        key=_ASSET,
        original=objects.presign(settings, asset.s3_path, content_type=asset.mime_type),
        download=objects.presign(settings, asset.s3_path, download=wording.file_name(asset.title, asset.s3_path)),
        previous=neighbours[at - 1] if at else None,
        alike=_alike(asset),
        following=neighbours[at + 1] if at is not None and at + 1 < len(neighbours) else None,
        on_go=go,
    )


def _alike(asset: Asset) -> Mapping[Match, tuple[Asset, ...]]:
    try:
        return reads.duplicates_of(people.viewer(), asset.asset_id)
    except LakefrontError:
        return {}  # all else that is known of it can be seen
