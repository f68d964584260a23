"""What a reader needs: a description, owners, and who vouches for the numbers."""

from __future__ import annotations

from typing import Final

from lakefront.superset.bundle import KINDS, AssetFile
from lakefront.superset.validate.index import Index
from lakefront.superset.values import certification, listed, mapping, text

_DESCRIBED: Final = ("datasets", "charts", "dashboards")
_OWNED: Final = ("charts", "dashboards")


def check_quality(index: Index) -> None:
    """Check descriptions, owners and certificates."""
    for folder in _DESCRIBED:
        for asset in index.of.get(folder, []):
            if not text(asset.data.get("description")).strip():
                _add(asset, "asset-description", "has no description", "add `description: …`", index)
    for folder in _OWNED:
        for asset in index.of.get(folder, []):
            if not listed(asset.data.get("owners")):
                _add(asset, "asset-owner", "has no owners", "add `owners: [username]`", index)
            _certificate(asset, index)
    for asset in index.of.get("datasets", []):
        for key in ("columns", "metrics"):
            for number, item in enumerate(listed(asset.data.get(key))):
                _inner(asset, (key, number), certification(mapping(item)), index)
        _inner(asset, (), certification(asset.data), index)


def _add(asset: AssetFile, code: str, what: str, fix: str, index: Index) -> None:
    index.found.add(code, f"this {KINDS[asset.folder]} {what}", asset.source.at_value(()), fix)


def _certificate(asset: AssetFile, index: Index) -> None:
    by, details = (text(asset.data.get(key)).strip() for key in ("certified_by", "certification_details"))
    if by and not details:
        what, key, fix = "certified_by without certification_details", "certified_by", "say on what ground"
    elif details and not by:
        what, key, fix = "certification_details without certified_by", "certification_details", "say by whom"
    else:
        if not by:
            _add(asset, "asset-not-certified", "is not certified", "add certified_by and certification_details", index)
        return
    index.found.add("asset-certified", what, asset.source.at_key((key,)), fix)


def _inner(asset: AssetFile, path: tuple[str | int, ...], said: dict[str, object], index: Index) -> None:
    if said.get("certified_by") and not said.get("details"):
        where = asset.source.at_value((*path, "extra", "certification"))
        fix = "say on what ground: `certified: {by: …, details: …}` in the semantic layer"
        index.found.add("asset-certified", "certified_by without details", where, fix)
