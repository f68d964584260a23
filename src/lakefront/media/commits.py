"""Commits to an Iceberg table, tried until each is known to have been made or not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

import requests
from pyiceberg.exceptions import (
    CommitFailedException,
    CommitStateUnknownException,
    ForbiddenError,
    RESTError,
    UnauthorizedError,
)
from pyiceberg.table import Table, TableProperties

from lakefront.errors import LakefrontError
from lakefront.iceberg.catalog import translate
from lakefront.media.turns import step_aside

#: In a snapshot's summary: which batch it holds, so that a commit whose outcome is unknown can be looked up.
BATCH_ID: Final = "lakefront.batch-id"


def commit(
    url: str,
    table: Table,
    reload: Callable[[], Table],
    write: Callable[[Table, str], None],
    *,
    conflict: LakefrontError,
    attempts: int,
) -> None:
    """Let `write` change a table of the catalog at `url` in one commit, until it is known to have done so.

    `write` is given the table as it is now, as `reload` gives it anew, and the batch's id, which it puts into the
    snapshot's summary as `BATCH_ID`. When the outcome of a commit is unknown, the table is read again before anything
    is retried. Raises `conflict` when others kept changing it, UnreachableError (`catalog-failed`) or NotAllowedError.
    """
    batch, failure = str(uuid.uuid4()), conflict
    for attempt in range(attempts):
        try:
            write(table, batch)
        except CommitFailedException:
            failure = conflict
        except (CommitStateUnknownException, requests.RequestException) as error:
            failure = translate(error, url)
        except (ForbiddenError, UnauthorizedError, RESTError, OSError) as error:
            raise translate(error, url) from error
        else:
            return
        step_aside(attempt)
        table = reload()
        # A commit whose answer was lost may also have been refused because it was the one that landed.
        if _landed(table, batch):
            return
    raise failure


def upon_this_state(table: Table) -> None:
    """Let commits to a table hold upon this very state or fail: PyIceberg by itself would try again upon another."""
    once = {**table.metadata.properties, TableProperties.COMMIT_NUM_RETRIES: "0"}
    table.metadata = table.metadata.model_copy(update={"properties": once})


def _landed(table: Table, batch: str) -> bool:
    return any(
        snapshot.summary is not None and snapshot.summary.additional_properties.get(BATCH_ID) == batch
        for snapshot in table.snapshots()
    )
