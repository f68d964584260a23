"""The whole sample lakehouse: tables by SQL inside Trino, media through the media engine."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from dataclasses import dataclass

from lakefront.config import Settings
from lakefront.iceberg.catalog import connect
from lakefront.media.assets import TABLE
from lakefront.sample.closes import CLOSES_TABLE, Closes
from lakefront.sample.lake import CRM_TABLE, sample_mark, seed_lake, template_values
from lakefront.sample.media.seed import seed_media
from lakefront.trino import Trino

#: Says which step is under way and how much of it is done: `report(step, done, total)`.
SeedReport = Callable[[str, int, int], None]

_TIMEOUT_SECONDS = 600.0
_CRM = "crm"


@dataclass(frozen=True)
class Seeded:
    """What a run of the seed found or made."""

    name: str
    rows: int
    seconds: float
    created: bool


def seed(settings: Settings, report: SeedReport) -> list[Seeded]:
    """Make what is missing of the sample lakehouse; what is there is left as it is.

    Two at once in the same home take turns: the second one finds everything there.
    """
    settings.home.prepare()
    with (settings.home.run / "seed.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("waiting for another seed to end", 0, 1)
            fcntl.flock(lock, fcntl.LOCK_EX)
        return _seed(settings, report)


def _seed(settings: Settings, report: SeedReport) -> list[Seeded]:
    trino = Trino.from_settings(settings, source="lakefront-seed", timeout=_TIMEOUT_SECONDS)
    until = settings.manifest.sample.until
    # Of the catalogs that schemas of it may be in here, only this one is of the local stack.
    ours = settings.schemas.table(f"{_CRM}.{CRM_TABLE}").startswith(f"{_CRM}.")
    tables = seed_lake(
        trino,
        catalog=settings.env.iceberg_catalog,
        crm_catalog=None if settings.service("trino").external or not ours else _CRM,
        warehouse=settings.env.warehouse_bucket,
        until=until,
        scale=settings.manifest.sample.scale,
        report=report,
    )
    tables.append(_closes(settings, trino).seed(until, report))
    media = seed_media(settings, trino, until=until, cache=settings.cache / "sample-media", report=report)
    return [
        *(Seeded(table.name, table.rows, table.seconds, table.created) for table in tables),
        Seeded(settings.schemas.table(TABLE), media.assets, media.seconds, media.created),
    ]


def _closes(settings: Settings, trino: Trino) -> Closes:
    sample, catalog = settings.manifest.sample, settings.env.iceberg_catalog
    return Closes(
        trino=trino,
        rest=connect(settings),
        uri=settings.service("catalog").url,
        catalog=catalog,
        name=settings.schemas.table(CLOSES_TABLE),
        warehouse=settings.env.warehouse_bucket,
        mark=sample_mark(sample.until, sample.scale),
        values=template_values(catalog, sample.until, sample.scale, trino.schemas),
    )
