"""Policies -> the files that Trino obeys, completed by a look at the tables themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakefront.config import Settings, write_json
from lakefront.iceberg.catalog import connect
from lakefront.semantic.emit.trino_access import RULES_FILE, access_files, write_access
from lakefront.semantic.policy.live import followed, mask_key, physical_columns, store_key
from lakefront.semantic.policy.load import Loaded, policies_here, require_maintainer
from lakefront.semantic.policy.mask import KEY_TABLE
from lakefront.semantic.policy.resolve import Members
from lakefront.semantic.policy.tables import Tables
from lakefront.stack.audit.event import PUBLISHING_SOURCE
from lakefront.trino import Trino

#: Trino looks for new rules every two seconds.
_FOLLOWED_WITHIN: Final = 30.0


@dataclass(frozen=True)
class Published:
    """The file of rules, the number of groups of people in it, and its size in bytes.

    `followed`: whether Trino obeys it by now; None when it is not asked.
    """

    file: Path
    groups: int
    size: int
    followed: bool | None


def load(settings: Settings) -> Loaded:
    """Return the checked policies of a bundle. Raises PolicyError, and BadInputError (`policy-no-maintainer`)."""
    loaded = policies_here(settings)
    require_maintainer(loaded, settings.env.trino_user)
    return loaded


def publish(
    settings: Settings, *, out: Path | None = None, offline: bool = False, members: Members | None = None
) -> Published:
    """Write the files, where the local Trino reads them or to `out`. In the first case, wait until it obeys.

    `offline`: without a look at the tables. Raises as `load`, as `Trino.query`, and UnreachableError for the catalog.
    """
    loaded = load(settings)
    trino = Trino.from_settings(settings, source=PUBLISHING_SOURCE)
    physical: dict[str, tuple[str, ...]] | None = None
    if not offline:
        names = list(Tables(loaded.layer, loaded.policies.roles).tables)
        physical = physical_columns(trino, names, settings.env.iceberg_catalog)
        store_key(connect(settings), mask_key(settings.secrets.signing_key), settings.schemas.table(KEY_TABLE))
    files = access_files(loaded, catalog=settings.env.iceberg_catalog, physical=physical, members=members)
    folder = out or settings.home.access_rules
    write_access(files, folder)
    if physical is not None and not out:
        write_json(settings.home.known_columns, physical)  # for the next start, which comes before Trino can be asked
    read_by_us = not (out or offline or settings.service("trino").external)
    obeyed = followed(trino, files.version, within=_FOLLOWED_WITHIN) if read_by_us and _obeys(settings) else None
    return Published(folder / RULES_FILE, files.people, len(files.rules.encode()), obeyed)


def _obeys(settings: Settings) -> bool:
    return settings.manifest.stack.access == "policies"
