"""The table as the writer sees it: opened when it is first needed, and again after a failure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from lakefront.config import Settings
from lakefront.stack.audit.columns import TABLE

if TYPE_CHECKING:
    from lakefront.stack.audit.table import AuditTable

#: So many small files of today are put together.
MANY_FILES: Final = 64


class Lake:
    """`governance.query_audit` of an environment. PyIceberg takes a second to load: the server answers before that."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._table: AuditTable | None = None

    def prepare(self) -> None:
        """Make the table where it is missing, so that it can be asked before the first batch. Raises as `append`."""
        self._opened().open()

    def check(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Raise ValueError or TypeError where a row does not fit the table."""
        from lakefront.stack.audit.table import to_arrow  # noqa: PLC0415 - see the class

        to_arrow(rows)

    def append(self, batch: str, rows: Sequence[Mapping[str, Any]], *, doubtful: bool) -> int:
        """Add the rows of a batch that are not there. Raises LakefrontError, or what the libraries raise."""
        return self._opened().append(batch, rows, doubtful=doubtful)

    def forget(self) -> None:
        """Connect anew before the next append."""
        self._table = None

    def keep_up(self) -> str:
        """Do the upkeep that is due. Return what was done, in words. Raises as `append`."""
        from lakefront.stack.audit.upkeep import keep_up  # noqa: PLC0415 - see the class

        table = self._opened().open()
        return str(keep_up(table, dt.datetime.now(dt.UTC), keep_days=self._settings.manifest.audit.keep_days))

    def _opened(self) -> AuditTable:
        from lakefront.iceberg.catalog import connect  # noqa: PLC0415 - see the class
        from lakefront.stack.audit.table import AuditTable  # noqa: PLC0415 - see the class

        if self._table is None:
            self._table = AuditTable(connect(self._settings), self._settings.schemas.table(TABLE))
        return self._table
