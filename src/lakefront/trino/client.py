"""One way to ask Trino: a connection with identity, time limits and clear errors."""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast
from urllib.parse import urlsplit

import requests
import trino.dbapi
import trino.exceptions
from trino.auth import BasicAuthentication

from lakefront import request_ids
from lakefront.config import BUNDLE_NAMES, PART_OF_CATALOG, Schemas, Settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError, UnreachableError
from lakefront.gate import Gate
from lakefront.trino.refusal import refused
from lakefront.trino.session import TOO_LATE, OneWait, TooLateError

#: Code of the error for a table of an optional part of the stack that does not run.
PART_NOT_RUNNING: Final = "part-not-running"
_log: Final = logging.getLogger("lakefront.trino")
#: Code of the error for a write of which others were faster, or whose commit failed otherwise.
COMMIT_FAILED: Final = "trino-commit"
#: Code of the error for a Trino that takes nothing on for now.
BUSY: Final = "trino-busy"
#: Code of the error for a statement that was ended because it ran, or read, longer than one may.
TOO_LONG: Final = "trino-too-long"
#: What Trino says while it starts, and while none of its workers is there; it calls both its own failure.
_NOT_YET: Final = {"SERVER_STARTING_UP", "NO_NODES_AVAILABLE"}
_LIMITS: Final = {"EXCEEDED_TIME_LIMIT", "EXCEEDED_CPU_LIMIT", "EXCEEDED_SCAN_LIMIT"}
#: All that the client raises where a server does not do what is asked; what stands in for one, such as a balancer that
#: answers with a page, is among it.
_FAILURES: Final = (
    trino.exceptions.Error,
    trino.exceptions.HttpError,
    requests.RequestException,
    json.JSONDecodeError,
)
_CATALOG: Final = re.compile(r"Catalog '([^']+)'")
#: The client tells a status in words only.
_STATUS: Final = re.compile(r"error (\d{3})\b")
#: Statuses of a server, or of what stands before it, that takes nothing on for now.
_NOT_NOW: Final = {"429", "503", "504"}


@dataclass(frozen=True)
class Result:
    """Rows of one statement, with the names of its columns and Trino's id of the query."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    query_id: str
    stats: dict[str, Any] = field(default_factory=dict[str, Any])

    def scalar(self) -> Any:
        """Return the only value of a one-row, one-column result."""
        return self.rows[0][0]

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows as mappings from column name to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Trino:
    """A place to send statements to, as one person. Cheap to make; safe to share between threads.

    `user` is whose rights count. `principal` is who signs in, by `password` where there is one; Trino asks its rules
    whether that one may ask as `user`. None for the user herself. `contact`: whom to ask for more rights.
    `timeout` is the limit of a statement's run time on the server, in seconds. `schemas`: what those of the lake are
    called there; whoever writes a statement puts them in. `watch` is called at every answer of the server while a
    statement runs, which is about once a second at least; what it raises ends the statement there.
    `gate`: what statements pass before they are sent.
    """

    url: str
    user: str
    password: str | None = None
    principal: str | None = None
    contact: str = "an admin"
    source: str = "lakefront"
    catalog: str | None = "iceberg"
    timeout: float = 60.0
    schemas: Schemas = BUNDLE_NAMES
    watch: Callable[[], None] | None = None
    gate: Gate | None = None

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        user: str | None = None,
        principal: str | None = None,
        source: str = "lakefront",
        timeout: float = 60.0,
        watch: Callable[[], None] | None = None,
        gate: Gate | None = None,
    ) -> Trino:
        """Return the engine of an environment, asked as `user` (the environment's own user when None).

        `principal` is the service that asks; it counts for a local stack only. Elsewhere the one who has a password is
        the environment's own user.
        """
        password = settings.secrets.trino_password if settings.service("trino").external else None
        return cls(
            url=settings.service("trino").url,
            user=user or settings.env.trino_user,
            password=password,
            principal=settings.env.trino_user if password or not principal else principal,
            contact=settings.manifest.bundle.contact or "an admin",
            source=source,
            catalog=settings.env.iceberg_catalog,
            timeout=timeout,
            schemas=settings.schemas,
            watch=watch,
            gate=gate,
        )

    def signed_in_as(self, user: str) -> Trino:
        """Return the same engine, asked by somebody who signs in herself; for a Trino without passwords."""
        return replace(self, user=user, principal=None)

    def query(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        """Run one statement and fetch all of its rows.

        `params` fill `?` marks as typed values. Raises UnreachableError (`trino-unreachable`; `part-not-running` for a
        table of an optional part of the stack that does not run), NotAllowedError
        (`trino-denied`), BadInputError (`trino-user-error`) or CheckFailedError (`trino-failed`,
        `trino-commit`, `trino-too-long`).
        """
        with self.cursor() as cursor:
            cursor.execute(sql, list(params) if params else None)
            rows = [tuple(row) for row in cursor.fetchall()]
            columns = tuple(str(column[0]) for column in cast("list[tuple[Any, ...]]", cursor.description or []))
            return Result(columns, rows, str(cursor.query_id), dict(cursor.stats or {}))

    @contextlib.contextmanager
    def cursor(self) -> Generator[trino.dbapi.Cursor]:
        """Yield a cursor of a connection that is closed afterwards; an unfinished query is cancelled on the server.

        The query carries the id of the request that asks, and its own id is logged beside that.
        """
        if self.gate:
            self.gate.enter()
        parts = urlsplit(self.url)
        https = parts.scheme == "https"
        request_id = request_ids.current()
        connection = trino.dbapi.connect(
            host=parts.hostname or "",
            port=parts.port or (443 if https else 80),
            http_scheme=parts.scheme,
            user=self.user,
            auth=BasicAuthentication(self.principal or self.user, self.password or "") if self._signs_in else None,
            # A name without a password is no secret.
            allow_insecure_auth=not https and not self.password,
            catalog=self.catalog,
            source=self.source,
            http_headers={request_ids.TRACE_TOKEN: request_id} if request_id else None,
            request_timeout=min(self.timeout, 30.0),
            session_properties={"query_max_run_time": f"{max(self.timeout, 1):.0f}s"},
            max_attempts=3,
            http_session=OneWait(),
            # Trino has EXECUTE IMMEDIATE since 418; finding that out by a failed call would depend on the network.
            legacy_prepared_statements=False,
        )
        watch = self.watch
        # The client tells how a statement does after each of the server's answers, which come within a second.
        cursor = connection.cursor(stats_callback=(lambda _: watch()) if watch else None)
        query_id = None
        try:
            yield cursor
        except _FAILURES as error:
            # Of a query that failed at once the cursor does not know the id.
            query_id = error.query_id if isinstance(error, trino.exceptions.TrinoQueryError) else None
            told = self._translate(error)
            if self.gate and isinstance(told, UnreachableError) and told.code == TOO_LATE:
                self.gate.shut(told)
            raise told from error
        finally:
            query_id = query_id or cursor.query_id
            if query_id:
                _log.info("asked Trino", extra={"fields": {"query_id": query_id, "source": self.source}})
            # Cancelling fails when nothing was running or the server is gone: the error above says it better.
            with contextlib.suppress(*_FAILURES):
                cursor.cancel()
            connection.close()

    def catalogs(self) -> frozenset[str]:
        """Return the names of the catalogs that Trino has and the user may see. Raises as `query`."""
        return frozenset(row[0] for row in self.query("SELECT catalog_name FROM system.metadata.catalogs").rows)

    @property
    def _signs_in(self) -> bool:
        # A Trino without passwords takes the name alone as the one who signs in.
        return bool(self.password) or self.principal not in (None, self.user)

    def _translate(self, error: Exception) -> LakefrontError:
        if isinstance(error, trino.exceptions.TrinoQueryError) and error.error_name == "PERMISSION_DENIED":
            return refused(str(error.message), self.user, self.contact)
        return translate(error, self.url)


def part_not_running(catalog: str) -> UnreachableError:
    """Return the error for a catalog of an optional part of the stack, which Trino has not while that part is away."""
    return UnreachableError(
        PART_NOT_RUNNING,
        f"{catalog} does not run: Trino has no such catalog",
        fix=f"run `lakefront up --with {PART_OF_CATALOG[catalog]}`",
    )


def _of_query(error: trino.exceptions.TrinoQueryError) -> LakefrontError:
    message = str(error.message)
    missing = _CATALOG.search(message) if error.error_name == "CATALOG_NOT_FOUND" else None
    if missing and missing[1] in PART_OF_CATALOG:
        return part_not_running(missing[1])
    if error.error_type == "USER_ERROR":
        return BadInputError("trino-user-error", f"{error.error_name}: {message}", fix="correct the statement")
    if error.error_name in _LIMITS:
        return CheckFailedError(
            TOO_LONG,
            f"the statement took more time than one may have ({error.error_name})",
            fix="ask for less, or try again when less is going on",
        )
    if error.error_name in _NOT_YET:
        return UnreachableError(
            BUSY,
            f"Trino takes nothing on yet ({error.error_name})",
            fix="try again, or see `lakefront logs trino`",
        )
    if error.error_type == "INSUFFICIENT_RESOURCES":
        return UnreachableError(
            BUSY,
            f"Trino has no room for the statement now ({error.error_name})",
            fix="try again, or see `lakefront logs trino`",
        )
    return CheckFailedError(
        COMMIT_FAILED if error.error_name == "ICEBERG_COMMIT_ERROR" else "trino-failed",
        f"Trino failed on the statement: {error.error_name}: {message}",
        fix=f"look at query {error.query_id} in Trino's log",
    )


def translate(error: Exception, url: str) -> LakefrontError:
    """Return our error for one of the client's or of the HTTP library's."""
    if isinstance(error, trino.exceptions.TrinoQueryError):
        return _of_query(error)
    # The client tells of some failures by an error of its own.
    if isinstance(error, TooLateError) or isinstance(error.__context__, TooLateError):
        return UnreachableError(
            TOO_LATE, f"Trino at {url} took too long to answer", fix="try again, or see `lakefront logs trino`"
        )
    if isinstance(
        error, (trino.exceptions.TrinoConnectionError, trino.exceptions.Http502Error, requests.ConnectionError)
    ):
        return UnreachableError(
            "trino-unreachable",
            f"Trino does not answer at {url}",
            fix="start it with `lakefront up`, or correct its address in lakefront.toml",
        )
    return _of_http(error, url)


def _of_http(error: Exception, url: str) -> LakefrontError:
    """Return the error for an answer that is none of Trino's, or not now."""
    if isinstance(error, json.JSONDecodeError):
        return UnreachableError(
            "trino-error",
            f"what answers at {url} is not Trino",
            fix="correct its address in lakefront.toml, or look at what stands before it",
        )
    status = _STATUS.match(str(error)) if isinstance(error, trino.exceptions.HttpError) else None
    if status and status[1] in _NOT_NOW:
        return UnreachableError(
            BUSY,
            f"Trino at {url} takes nothing on for now (HTTP {status[1]})",
            fix="try again, or see `lakefront logs trino`",
        )
    if status:
        return UnreachableError(
            "trino-error", f"Trino at {url} answers with HTTP {status[1]}", fix="see `lakefront logs trino`"
        )
    return UnreachableError("trino-error", f"Trino at {url}: {error}", fix="see `lakefront logs trino`")
