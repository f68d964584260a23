"""What was changed of one item, read when it is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, cast

import streamlit as st

import people
import reads
import wording
from address import item_address
from components.trouble import tell
from lakefront.errors import LakefrontError
from lakefront.media.query import Asset
from lakefront.media.versions import Change, Version, What
from language import later, n, t

_KEY: Final = "versions"
_LONGEST: Final = 300
#: What became of it, in words.
_WHAT: Final[Mapping[What, str]] = {
    "added": later("Came in"),
    "visible": later("Shown to you from here on"),
    "changed": later("Changed"),
    "removed": later("Taken out"),
    "oldest": later("The oldest state that is kept"),
}
_NAMES: Final = {
    "asset_id": later("Asset id"),
    "kind": later("Kind"),
    "s3_path": later("S3 path"),
    "file_size": later("File size"),
    "mime_type": later("Type"),
    "upload_time": later("Uploaded"),
    "source_system": later("Source"),
    "tag": later("Tag"),
    "labels": later("Labels"),
    "title": later("Title"),
    "width": later("Width"),
    "height": later("Height"),
    "duration_seconds": later("Duration"),
    "sha256": later("SHA-256"),
    "md5": later("MD5"),
    "perceptual_hash": later("Perceptual hash"),
    "placeholder": later("Placeholder"),
    "exif": later("From the camera (EXIF)"),
    "is_indexed": later("Indexed"),
    "created_at": later("Created"),
    "created_by": later("Created by"),
}


def versions(asset: Asset) -> None:
    """Draw the versions of an item's row, once somebody opens them."""
    box = st.expander(t("Versions"), icon=":material/history:", key=_KEY, on_change="rerun")
    if not box.open:
        return
    with box:
        try:
            found = reads.versions_of(people.viewer(), asset.asset_id)
        except LakefrontError as error:
            tell(error, t("Its versions cannot be read."))
            return
        if found.versions:
            st.caption(
                n("{count} version that is kept", "{count} versions that are kept", len(found.versions),
                  count=len(found.versions))
            )  # fmt: skip
        for version in found.versions:
            _draw(version, asset)
        if not found.complete:
            st.caption(t("What was before is no longer kept, or too far back."))


def _draw(version: Version, asset: Asset) -> None:
    when = wording.moment(version.since, seconds=True)
    what = t(_WHAT[version.what])
    line = t("{what} by {person}, {moment}", what=f"**{what}**", person=wording.plain(version.by), moment=when) if (
        version.by
    ) else f"**{what}**, {when}"  # fmt: skip
    if version.what != "removed":
        line += f" · [{t('As it was then')}]({item_address(asset.asset_id, str(version.snapshot))})"
    rows = [f"| {t('Column')} | {t('Before')} | {t('After')} |", "| --- | --- | --- |"] if version.changes else []
    rows += [
        f"| {wording.plain(t(_NAMES.get(change.column, change.column)))} | {before} | {after} |"
        for change in version.changes
        for before, after in [_sides(change)]
    ]
    st.markdown("\n".join([line, "", *rows]))


def _sides(change: Change) -> tuple[str, str]:
    """Return a value before and after; of what the camera wrote, the tags that differ."""
    before, after = change.before, change.after
    if change.column == "exif":
        tags = cast("tuple[Mapping[str, str], Mapping[str, str]]", (before, after))
        different = sorted(name for name in tags[0].keys() | tags[1].keys() if tags[0].get(name) != tags[1].get(name))
        before, after = (tuple(f"{name}: {side[name]}" for name in different if name in side) for side in tags)
    return _value(before, change.column), _value(after, change.column)


def _value(value: Any, column: str) -> str:
    if value is None or value == ():
        return f":gray[{t('nothing')}]"
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, dt.datetime):
        return wording.plain(wording.moment(value, seconds=True))
    if isinstance(value, tuple):
        text = ", ".join(map(str, cast("tuple[Any, ...]", value)))
    elif column == "file_size":
        text = wording.size(int(value))
    else:
        text = {"width": "{} px", "height": "{} px", "duration_seconds": "{} s"}.get(column, "{}").format(value)
    return wording.plain(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …")
