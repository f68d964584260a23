"""Rows of the media table that are made up: no object is behind them."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import replace
from typing import Any

from lakefront.media.assets import Asset
from lakefront.media.ids import new_id

FIRST_DAY = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


def made_up_asset(number: int, **otherwise: Any) -> Asset:
    """Return an asset of one of ten days; many share a moment and a title. `otherwise`: what is not to be made up."""
    at = FIRST_DAY + dt.timedelta(days=number * 7 % 10, milliseconds=number % 3)
    sha256 = otherwise.get("sha256") or secrets.token_hex(32)
    made = Asset(
        asset_id=new_id(at),
        kind="image",
        s3_path=f"s3://media/raw/{sha256}.png",
        file_size=1,
        mime_type="image/png",
        upload_time=at,
        source_system="batch",
        tag="other",
        labels=(),
        title="aAbBc"[number % 5],
        width=1,
        height=1,
        duration_seconds=None,
        sha256=sha256,
        md5=sha256[:32],
        perceptual_hash=None,
        placeholder=None,
        exif={},
        is_indexed=True,
        created_at=at,
        updated_at=at,
        created_by="lakefront",
        updated_by="lakefront",
    )
    return replace(made, **otherwise)
