"""What policies need of a running lake: the columns that its tables really have, and the key of hashes."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import time
from collections.abc import Iterable
from typing import Any, Final, cast

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError
from sqlglot import exp

from lakefront.errors import NotAllowedError
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.policy.mask import KEY_COLUMN, KEY_TABLE
from lakefront.semantic.tables import catalog_of
from lakefront.trino import Trino

_ARROW: Final = cast("Any", pa)  # it has no types
#: Trino reads its rules again by itself, and tells nobody when it has.
_ASK_AGAIN_SECONDS: Final = 0.2
_PURPOSE: Final = b"lakefront: key of masked values"


def physical_columns(trino: Trino, names: Iterable[str], catalog: str) -> dict[str, tuple[str, ...]]:
    """Return the columns of those of the tables that exist, in the catalogs that Trino has. Raises as `Trino.query`."""
    catalogs = trino.catalogs()
    wanted: dict[str, dict[tuple[str, str], str]] = {}
    for name in names:
        *_, schema, table = name.split(".")
        place = catalog_of(name, catalog)
        wanted.setdefault(place, {})[schema, table] = name
    found: dict[str, list[str]] = {}
    for place, tables in sorted(wanted.items()):
        if place not in catalogs:
            continue  # of an optional part that does not run
        # Trino fails, instead of finding nothing, where a schema is named that an Iceberg catalog does not have.
        there = {row[0] for row in trino.query(_schemata(place).sql(DIALECT, identify=True)).rows}
        schemas = [exp.Literal.string(schema) for schema in sorted({schema for schema, _ in tables} & there)]
        if not schemas:
            continue
        select = (
            exp.select("table_schema", "table_name", "column_name")
            .from_(exp.table_("columns", db="information_schema", catalog=place))
            .where(exp.In(this=exp.column("table_schema"), expressions=schemas))
            .order_by("table_schema", "table_name", "ordinal_position")
        )
        for schema, table, column in trino.query(select.sql(DIALECT, identify=True)).rows:
            if (schema, table) in tables:
                found.setdefault(tables[schema, table], []).append(column)
    return {name: tuple(columns) for name, columns in found.items()}


def _schemata(catalog: str) -> exp.Select:
    return exp.select("schema_name").from_(exp.table_("schemata", db="information_schema", catalog=catalog))


def followed(trino: Trino, version: str, *, within: float) -> bool:
    """Tell whether Trino obeys rules of this version (`AccessFiles.version`) within so many seconds."""
    asked = trino.signed_in_as(version)
    until = time.monotonic() + within
    while True:
        try:
            asked.query("SELECT 1")
        except NotAllowedError:
            if time.monotonic() > until:
                return False
            time.sleep(_ASK_AGAIN_SECONDS)
        else:
            return True


def mask_key(secret: str) -> bytes:
    """Return the key of hashes, made of a secret of the environment."""
    return hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)


def store_key(catalog: Catalog, key: bytes, name: str = KEY_TABLE) -> bool:
    """Put the key where masks look it up, unless it is there; tell whether it was put. `name`: the table's.

    Written past Trino: a statement with the key in it would be seen by whoever may look at other people's queries.
    """
    schema = _ARROW.schema([_ARROW.field(KEY_COLUMN, _ARROW.binary())])
    with contextlib.suppress(NamespaceAlreadyExistsError):
        catalog.create_namespace(name.split(".", maxsplit=1)[0])
    table = catalog.create_table_if_not_exists(name, schema)
    keys: list[bytes] = cast(Any, table.scan().to_arrow()).column(KEY_COLUMN).to_pylist()
    if keys == [key]:
        return False
    row = _ARROW.table({KEY_COLUMN: [key]}, schema=schema)
    if keys:
        table.overwrite(row)
    else:  # overwriting nothing makes PyIceberg warn
        table.append(row)
    return True
