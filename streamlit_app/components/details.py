"""One item, large: the window that opens over a page, and all that it shares with the page of an item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

import people
import reads
import wording
from address import current, item_address, show_item
from components import trigger
from components.asset import Addresses, asset_view
from components.gone import tell_gone
from components.kept import known
from components.trouble import tell
from components.used import used
from components.versions import versions
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media import objects
from lakefront.media.assets import split_path, thumbnail_key
from lakefront.media.duplicates import Match
from lakefront.media.presence import presence_address
from lakefront.media.previewing import preview_address
from lakefront.media.previews import OF_KIND
from lakefront.media.query import NO_STATE, Asset
from lakefront.media.thumbnails import LONGEST
from language import t

_ASSET = "asset"
#: The item that was open last; the grid gives it the keyboard's focus back.
LAST = "last"


def _closed() -> None:
    st.session_state[LAST] = current().open
    show_item(None)


def details(neighbours: list[str], fresh: Sequence[Asset] = ()) -> None:
    """Show the open item with everything that is known of it, and the way to its neighbours on the page.

    `fresh`: items that were just read, in the state that is shown; others are read now.
    """
    st.dialog(t("Details"), width="large", on_dismiss=_closed)(_window)(neighbours, fresh)


def _window(neighbours: list[str], fresh: Sequence[Asset]) -> None:
    state = current()
    if not state.open:
        return
    shown = next((asset for asset in fresh if asset.asset_id == state.open), None)
    found = shown or read(state.open, state.as_of)
    if isinstance(found, Asset):
        item(found, as_of=state.as_of, neighbours=neighbours, go=show_item)
    elif not found:
        st.info(t("This item is not here any more, or you may not see it. Close this window to go on."))


def read(asset_id: str, as_of: str | None) -> Asset | bool:
    """Return an item as the viewer sees it; False when there is none, True when it was said why it cannot be read."""
    try:
        found = known(("item", asset_id, as_of), lambda: reads.asset(people.viewer(), asset_id, as_of))
    except LakefrontError as error:
        if isinstance(error, BadInputError) and error.code in {NO_STATE, "query-as-of"}:
            tell_gone(error, as_of)
        else:
            tell(error, t("This item cannot be shown."))
        return True
    found.tell(t("This item cannot be read again."))
    return found.value or False


def item(
    asset: Asset, *, as_of: str | None, neighbours: list[str], go: Callable[[str], None], own_page: bool = False
) -> None:
    """Draw an item, its versions and its uses. `go` is called with the id of another one that is asked for."""
    at = neighbours.index(asset.asset_id) if asset.asset_id in neighbours else None

    def went() -> None:
        wanted = trigger(_ASSET, "go")
        if wanted:
            go(wanted)

    asset_view(
        asset,
        key=_ASSET,
        addresses=_addresses(asset, as_of),
        previous=neighbours[at - 1] if at else None,
        following=neighbours[at + 1] if at is not None and at + 1 < len(neighbours) else None,
        alike=_alike(asset),
        on_go=went,
        state=as_of,
        own_page=own_page,
    )
    versions(asset)
    used(asset, as_of)


def _addresses(asset: Asset, as_of: str | None) -> Addresses:
    settings = reads.settings()
    page = item_address(asset.asset_id, as_of)
    try:
        split_path(asset.s3_path or "")
    except BadInputError:
        return Addresses(page)  # a policy may keep from the viewer where it is
    name = wording.file_name(asset.title, asset.s3_path)
    preview = f"s3://{settings.env.media_bucket}/{thumbnail_key(asset.sha256, LONGEST)}"
    return Addresses(
        page,
        original=objects.presign(settings, asset.s3_path, content_type=asset.mime_type),
        download=objects.presign(settings, asset.s3_path, download=name),
        there=presence_address(settings.secrets.signing_key, asset.s3_path),
        thumbnail=objects.presign(settings, preview, download=f"{name.rpartition('.')[0]}-{LONGEST}.webp"),
        previews={
            each: preview_address(settings.secrets.signing_key, each, asset.sha256, asset.s3_path)
            for each in OF_KIND.get(asset.kind, ())
        },
    )


def _alike(asset: Asset) -> Mapping[Match, tuple[Asset, ...]]:
    try:
        return reads.duplicates_of(people.viewer(), asset.asset_id)
    except LakefrontError:
        return {}  # all else that is known of it can be seen
