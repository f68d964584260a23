"""A table of media with as many rows as wanted, made at random from a fixed seed, in a schema of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from lakefront.config import Schemas, Settings
from lakefront.iceberg.schema import arrow_schema
from lakefront.media.assets import SOURCE_SYSTEMS, TAGS
from lakefront.media.catalog import MediaCatalog
from lakefront.trino import Trino

#: The schema is `bench_media`: the sample's own is not touched.
SCHEMAS = Schemas(prefix="bench_")
DAYS = 60
LAST = dt.date(2026, 10, 31)
_WORDS = (
    "blue",
    "harbour",
    "lamp",
    "street",
    "winter",
    "report",
    "market",
    "garden",
    "bridge",
    "paper",
    "바다",
    "시장",
)
_LABELS = ("spring", "autumn", "press", "draft", "final", "wide", "close", "night")
_KINDS = (("image", "image/jpeg", 0.8), ("audio", "audio/mpeg", 0.12), ("video", "video/mp4", 0.08))


def catalog_of(settings: Settings) -> MediaCatalog:
    """Return the catalog that sees the benchmark's table as the table of media."""
    return replace(MediaCatalog.from_settings(settings), schemas=SCHEMAS)


def engine_of(settings: Settings) -> Trino:
    """Return Trino, for which the benchmark's table is the table of media."""
    return replace(Trino.from_settings(settings, source="lakefront-bench", timeout=600), schemas=SCHEMAS)


def make_table(settings: Settings, rows: int, originals: Sequence[str]) -> None:
    """Make the table anew with so many rows over 60 days; each names one of the originals."""
    catalog = catalog_of(settings)
    drop_table(settings)
    table = catalog.ensure_table()
    shape = arrow_schema(table.schema())
    rng = np.random.default_rng(20261031)
    for number in range(DAYS):
        count = rows // DAYS + (number < rows % DAYS)
        day = LAST - dt.timedelta(days=DAYS - 1 - number)
        table.append(pa.table(_columns(rng, day, count, originals), schema=shape))


def drop_table(settings: Settings) -> None:
    """Remove the table and its files."""
    engine_of(settings).query(f"DROP TABLE IF EXISTS {SCHEMAS.table('media.assets')}")


def _columns(rng: np.random.Generator, day: dt.date, count: int, originals: Sequence[str]) -> dict[str, Any]:
    midnight = np.datetime64(day, "ms")
    moments = np.sort(rng.integers(0, 86_400_000, count))
    times = pa.array((midnight + moments.astype("timedelta64[ms]")).astype("datetime64[us]"), pa.timestamp("us", "UTC"))
    kind = rng.choice(len(_KINDS), count, p=[share for *_, share in _KINDS])
    words = rng.integers(0, len(_WORDS), (count, 3))
    flat = pa.array(_LABELS).take(pa.array(rng.integers(0, len(_LABELS), count * 2)))
    nothing = np.zeros(count, dtype=bool)
    sha256 = _hex(rng, count, 32)
    return {
        "asset_id": _ids(rng, int(midnight.astype("int64")) + moments, count),
        "kind": _pick([name for name, *_ in _KINDS], kind),
        "s3_path": _pick(list(originals), rng.integers(0, len(originals), count)),
        "file_size": pa.array(rng.lognormal(13, 1.4, count).astype(np.int64) + 100),
        "mime_type": _pick([mime for _, mime, _ in _KINDS], kind),
        "upload_time": times,
        "source_system": _pick(list(SOURCE_SYSTEMS), rng.integers(0, len(SOURCE_SYSTEMS), count)),
        "tag": _pick(list(TAGS), rng.integers(0, len(TAGS), count)),
        "labels": pa.ListArray.from_arrays(pa.array(np.arange(0, count * 2 + 1, 2), pa.int32()), flat),
        "title": pa.compute.binary_join_element_wise(
            *(_pick(list(_WORDS), words[:, place]) for place in range(3)), " "
        ),
        "width": pa.array(rng.integers(64, 6000, count), pa.int32(), mask=kind == 1),
        "height": pa.array(rng.integers(64, 4000, count), pa.int32(), mask=kind == 1),
        "duration_seconds": pa.array(rng.uniform(1, 600, count), pa.float64(), mask=kind == 0),
        "sha256": sha256,
        "md5": _hex(rng, count, 16),
        "perceptual_hash": _hex(rng, count, 8),
        "placeholder": pa.repeat("LKO2?U%2Tw=w]~RBVZRi};RPxuwH", count),
        "exif": pa.MapArray.from_arrays(
            pa.array(np.arange(count + 1), pa.int32()), pa.repeat("Model", count), pa.repeat("H-100", count)
        ),
        "is_indexed": pa.array(nothing),
        "created_at": times,
        "updated_at": times,
        "created_by": pa.repeat("lakefront", count),
        "updated_by": pa.repeat("lakefront", count),
    }


def _pick(values: list[str], chosen: Any) -> Any:
    return pa.array(values).take(pa.array(chosen))


def _hex(rng: np.random.Generator, count: int, size: int) -> Any:
    text = np.frombuffer(rng.bytes(count * size).hex().encode(), f"S{size * 2}")
    return pa.array(text, pa.binary(size * 2)).cast(pa.binary()).cast(pa.string())


def _ids(rng: np.random.Generator, milliseconds: Any, count: int) -> Any:
    """Return UUIDv7 of times, as text."""
    random = _hex(rng, count, 10).to_pylist()
    return pa.array(
        f"{at >> 16:08x}-{at & 0xFFFF:04x}-7{part[:3]}-8{part[3:6]}-{part[6:18]}"
        for at, part in zip(milliseconds.tolist(), random, strict=True)
    )
