"""The snapshot that is current, for walks to be pinned to."""

from __future__ import annotations

from typing import Final

from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.iceberg.catalog import connect
from lakefront.media.catalog import MediaCatalog

#: A page is not held up for longer by a catalog that does not answer.
_PATIENCE: Final = 3.0


def current_snapshot(settings: Settings) -> int | None:
    """Return the number of the media table's current snapshot; None while nothing is in it.

    The service asks the catalog: Trino's `"t$snapshots"` is not for people who see some rows only, and the number alone
    tells them nothing. None also where the catalog cannot be asked, which Trino may reach all the same: pages then show
    what is there when they are read.
    """
    try:
        catalog = connect(settings, patience=_PATIENCE)
        table = MediaCatalog(catalog, settings.service("catalog").url, settings.schemas).table()
    except LakefrontError:
        return None
    found = table.current_snapshot() if table else None
    return found.snapshot_id if found else None
