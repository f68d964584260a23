"""Themes: colours, fonts and sizes of dashboards."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, cast

import yaml
from pydantic import Field, StrictBool

from lakefront.errors import BadInputError, CheckFailedError
from lakefront.semantic.source import Source
from lakefront.superset.client import SupersetClient
from lakefront.superset.extras.common import VERSION, Live, deep_sorted, ordered
from lakefront.superset.extras.models import File, Node, Text, title_problems, uuid_problems
from lakefront.superset.values import parsed

FOLDER: Final = "themes"
KEYS: Final = ("version", "uuid", "theme_name", "json_data")
#: What Superset takes out of a spinner without a word; the file would never be what is live.
_ACTIVE: Final = re.compile(r"<script|javascript:|\bon\w+\s*=|<iframe|<object|<embed", re.IGNORECASE)
_Algorithm = Literal["default", "dark", "compact", "system"]
_MOMENT: Final = (2000, 1, 1, 0, 0, 0)


class Look(Node):
    """A theme of Ant Design, with Superset's own tokens. Keys as Superset's `is_valid_theme` has them."""

    token: dict[str, Any] = Field(default_factory=dict[str, Any])
    components: dict[str, Any] = Field(default_factory=dict[str, Any])
    algorithm: _Algorithm | tuple[_Algorithm, ...] = "default"
    hashed: StrictBool | None = None
    inherit: StrictBool | None = None


class ThemeFile(File):
    """A file of `themes/`."""

    uuid: Text
    theme_name: Text
    json_data: Look


def problems(source: Source) -> Iterator[BadInputError]:
    """Yield what is wrong with a file whose keys and types are right."""
    yield from uuid_problems(source)
    yield from title_problems(source, "theme_name", 250)
    token: dict[str, Any] = source.data["json_data"].get("token") or {}
    if _ACTIVE.search(str(token.get("brandSpinnerSvg") or "")):
        yield BadInputError(
            "asset-theme-script",
            "'brandSpinnerSvg' holds a script or an event handler, which Superset takes out without a word",
            where=source.at_value(("json_data", "token", "brandSpinnerSvg")),
            fix="write a plain picture; SVG can move by <animateTransform>",
        )


def identity(data: Mapping[str, Any]) -> str:
    """Return by what a theme is recognised."""
    return str(data["uuid"])


def canonical(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a theme as git has it. Superset keeps `json_data` as it came, so nothing in it is a default."""
    return ordered(data, KEYS[:-1], {}) | {"json_data": deep_sorted(data["json_data"])}


def live(rows: Iterable[Mapping[str, Any]]) -> Iterator[Live]:
    """Yield the themes of a Superset's list of them, but for those it makes of its settings."""
    for row in sorted(rows, key=lambda row: int(row["id"])):
        if not row["is_system"]:
            data = canonical({"version": VERSION, **row, "json_data": parsed(row["json_data"])})
            yield Live(identity(data), str(row["theme_name"]), data)


def put(client: SupersetClient, data: Mapping[str, Any]) -> None:
    """Create or overwrite a theme. Raises CheckFailedError (`superset-theme-changed`) if Superset keeps another."""
    if _found(client, data) == data:
        return
    client.upload("/theme/import/", "formData", _pack(data), {"overwrite": "true"})
    kept = _found(client, data)
    if kept != data:
        raise CheckFailedError(
            "superset-theme-changed",
            f"Superset does not keep the theme '{data['theme_name']}' as it was given: {_differing(kept, data)}",
            fix="take out of the theme what Superset does not allow; `lakefront logs superset` has more",
        )


def delete(client: SupersetClient, data: Mapping[str, Any]) -> None:
    """Delete a theme if it is there. Dashboards that had it go back to the default."""
    ids = [int(row["id"]) for row in client.rows("/theme/", order="theme_name") if row["uuid"] == data["uuid"]]
    if ids:
        client.remove("/theme/", ids)


def _found(client: SupersetClient, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    there = live(client.rows("/theme/", order="theme_name"))
    return next((item.data for item in there if item.identity == identity(data)), None)


def _differing(kept: Mapping[str, Any] | None, data: Mapping[str, Any]) -> str:
    if kept is None:
        return "it is not there"
    look, wanted = (cast("Mapping[str, Any]", item["json_data"]) for item in (kept, data))
    token, wanted_token = (cast("Mapping[str, Any]", item.get("token") or {}) for item in (look, wanted))
    keys = [key for key in KEYS[1:-1] if kept.get(key) != data.get(key)]
    keys += [key for key in sorted({*look, *wanted} - {"token"}) if look.get(key) != wanted.get(key)]
    keys += [f"token.{key}" for key in sorted({*token, *wanted_token}) if token.get(key) != wanted_token.get(key)]
    return ", ".join(keys)


def _pack(data: Mapping[str, Any]) -> bytes:
    """Return the zip that Superset's import of themes wants; the only way to give a theme its uuid."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        metadata = {"version": VERSION, "type": "Theme", "timestamp": "2000-01-01T00:00:00+00:00"}
        for name, content in (("metadata.yaml", metadata), ("themes/theme.yaml", dict(data))):
            info = zipfile.ZipInfo(f"theme/{name}", date_time=_MOMENT)
            archive.writestr(info, yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return buffer.getvalue()
