"""Items that changed between two states: each column before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from streamlit.components.v2 import component

import wording
from components import source
from components.thumbnails import thumbnail
from lakefront.media.comparison import STAMPS, Item
from language import later, t

#: Columns as people call them.
COLUMNS: Final[Mapping[str, str]] = {
    "kind": later("Kind"),
    "s3_path": later("S3 path"),
    "file_size": later("File size"),
    "mime_type": later("Media type"),
    "upload_time": later("Uploaded"),
    "source_system": later("Source"),
    "tag": later("Tag"),
    "labels": later("Labels"),
    "title": later("Title"),
    "width": later("Width in pixels"),
    "height": later("Height in pixels"),
    "duration_seconds": later("Length in seconds"),
    "sha256": later("SHA-256"),
    "md5": later("MD5"),
    "perceptual_hash": later("Perceptual hash"),
    "placeholder": later("Placeholder"),
    "exif": later("EXIF"),
    "is_indexed": later("Indexed"),
    "created_at": later("Created"),
    "updated_at": later("Last changed"),
    "created_by": later("Created by"),
    "updated_by": later("Last changed by"),
}


def changes(items: Sequence[Item], *, key: str, page: str, on_open: Callable[[], None]) -> Any:
    """Draw items that changed; `page` names what is shown. The result's `open` is the id of the one that was chosen."""
    mount = component(
        "lakefront_changes",
        html=source("changes.html"),
        css=source("changes.css"),
        js=source("blurhash.js", "pictures.js", "changes.js"),
    )
    words = {
        "name": t("Items that changed"),
        "open": t("Open"),
        "missing": t("No preview"),
        "untitled": t("Without a title"),
        "column": t("Column"),
        "before": t("Before"),
        "after": t("After"),
        "nothing": t("nothing"),
    }
    data = {"items": [_told(item) for item in items], "page": page, "words": words}
    return mount(data=data, key=key, on_open_change=on_open)


def _told(item: Item) -> dict[str, Any]:
    asset = item.asset
    return {
        "id": asset.asset_id,
        "title": asset.title,
        "thumb": thumbnail(320, asset.sha256),
        "hash": asset.placeholder,
        "note": _note(item),
        "rows": _rows(item),
    }


def _note(item: Item) -> str:
    asset = item.asset
    when = wording.moment(asset.updated_at, seconds=True)
    if asset.updated_by:
        return t("Last changed {when} by {person}", when=when, person=asset.updated_by)
    return t("Last changed {when}", when=when)


def _rows(item: Item) -> list[dict[str, str]]:
    # Who and when stand above the table, unless nothing else changed.
    columns = [name for name in item.columns if name not in STAMPS] or list(item.columns)
    rows: list[dict[str, str]] = []
    for name in columns:
        before, after = getattr(item.before, name), getattr(item.after, name)
        if name == "exif":
            rows += _of_exif(before, after)
        else:
            rows.append({"name": t(COLUMNS[name]), "before": _value(name, before), "after": _value(name, after)})
    return rows


def _of_exif(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [{"name": f"EXIF {name}", "before": before.get(name, ""), "after": after.get(name, "")} for name in names]


def _value(name: str, value: Any) -> str:
    """Return a value as a person reads it; empty for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, dt.datetime):
        return wording.moment(value, seconds=True)
    if isinstance(value, tuple):
        return ", ".join(cast("tuple[str, ...]", value))
    if name == "file_size":
        return f"{wording.size(value)} ({value:,} B)"
    return f"{value:,}" if isinstance(value, int) else str(value)
