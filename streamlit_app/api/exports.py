"""The routes of exports: `/api/export/file` sends what a permit is for, `/api/export/progress` tells how far it is."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

import sentences
import wording
from lakefront.config import Settings
from lakefront.errors import BadInputError, LakefrontError, NotAllowedError, UnreachableError
from lakefront.media.export import WRITERS, Permit, begin, digest_of, file_name, originals, read_permit, wanted_of
from lakefront.media.metadata import TableMetadata
from lakefront.media.objects import ObjectStore
from lakefront.trino import Trino
from language import SOURCE, put

_NOT_KEPT: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
#: Those who read for exports. Threads of their own: a large export must not hold those that serve the pages.
_READERS: Final = 6
#: Seconds that one statement may take.
_PATIENCE: Final = 60.0
#: A form is no longer: a thousand ids, or a filter with as much as an address may say.
_LONGEST_FORM: Final = 512 * 1024
_LONGEST_RUN: Final = 64
_MOST_KEPT: Final = 1_000
_EVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass
class Sending:
    """How far an export is. `of` is None where its bytes are not known beforehand; `error`: why it failed.

    `missing`: so many originals are not in the object store, which the manifest names.
    """

    state: str = "preparing"
    sent: int = 0
    of: int | None = None
    name: str = ""
    missing: int = 0
    error: LakefrontError | None = None

    def plain(self, language: str) -> dict[str, Any]:
        """Return it as data that JSON holds, for who reads a language."""
        told = {"state": self.state, "sent": self.sent, "of": self.of, "name": self.name, "missing": self.missing}
        return told | {"said": _words(self.error, language) if self.error else ""}


class Sendings:
    """How far the exports are that this process sent last, each known by its permit and a name that its page gave."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Sending] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, token: str, run: str) -> Sending:
        """Return the account of an export that begins."""
        with self._lock:
            made = self._kept[token, run] = Sending()
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return made

    def of(self, token: str, run: str) -> Sending | None:
        """Return how far an export is; None for one that this process does not know."""
        with self._lock:
            return self._kept.get((token, run))


@dataclass(frozen=True)
class _Ready:
    """What is about to be sent: its first piece is there, so that what can be refused has been."""

    name: str
    media_type: str
    length: int | None
    first: bytes
    rest: Iterator[bytes]
    missing: int = 0


class Exports:
    """The exports of one environment. `principal`: the service that asks Trino for whoever looks."""

    def __init__(self, settings: Settings, *, principal: str) -> None:
        self._settings, self._principal = settings, principal
        self._key = settings.secrets.signing_key
        self._sendings = Sendings()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="exports")
        self._metadata = TableMetadata(settings)

    @cached_property
    def _store(self) -> ObjectStore:
        return ObjectStore.from_settings(self._settings)

    async def file(self, request: Request) -> Response:
        """Send what a permit is for."""
        try:
            form = await _form(request)
            token, text = form.get("token", ""), form.get("what", "")
            permit = read_permit(self._key, token, now=dt.datetime.now(dt.UTC))
            if digest_of(text) != permit.digest:
                what = "this is not what was offered"
                raise NotAllowedError("export-permit", what, fix="open the menu of exports again")
        except LakefrontError as error:
            return _refusal(error)
        sending = self._sendings.begin(token, form.get("run", "")[:_LONGEST_RUN])
        try:
            loop, prepare = asyncio.get_running_loop(), partial(copy_context().run, self._prepare)
            ready = await loop.run_in_executor(self._readers, prepare, permit, text)
        except LakefrontError as error:
            _fail(sending, error)
            return _refusal(error)
        sending.of, sending.name, sending.missing = ready.length, ready.name, ready.missing
        headers = {**_NOT_KEPT, "Content-Disposition": f'attachment; filename="{ready.name}"'}
        if ready.length is not None:
            headers["Content-Length"] = str(ready.length)
        return StreamingResponse(self._send(ready, sending), headers=headers, media_type=ready.media_type)

    async def progress(self, request: Request) -> Response:
        """Tell how far an export is. What has begun may be asked for after its permit has expired."""
        try:
            form = await _form(request)
            read_permit(self._key, form.get("token", ""), now=_EVER)
        except LakefrontError as error:
            return _refusal(error)
        found = self._sendings.of(form["token"], form.get("run", ""))
        told = found.plain(form.get("lang", "")) if found else None
        return JSONResponse(told, headers=_NOT_KEPT)

    def _prepare(self, permit: Permit, text: str) -> _Ready:
        trino = Trino.from_settings(
            self._settings,
            user=permit.viewer,
            principal=self._principal,
            source="lakefront-explorer",
            timeout=_PATIENCE,
        )
        export = begin(trino, wanted_of(text), self._metadata)
        if permit.format == "zip":
            zipped = originals(export, self._store)
            pieces, length, media_type = zipped.stream(), zipped.length, "application/zip"
            missing = len(zipped.missing)
        else:
            write, media_type = WRITERS[permit.format]
            pieces, length, missing = write(export), None, 0
        return _Ready(file_name(export.about, permit.format), media_type, length, next(pieces), pieces, missing)

    async def _send(self, ready: _Ready, sending: Sending) -> AsyncGenerator[bytes]:
        under_way: Future[bytes | None] | None = None
        sending.state = "sending"
        piece: bytes | None = ready.first
        try:
            while piece is not None:
                yield piece
                sending.sent += len(piece)
                under_way = self._readers.submit(copy_context().run, next, ready.rest, None)
                piece = await asyncio.wrap_future(under_way)
            sending.state = "done"
        except LakefrontError as error:
            _fail(sending, error)
            raise  # cut off, so that a browser does not take it for whole
        finally:
            if sending.state == "sending":
                # Whoever asked has left: with everything, when its length was told, or before.
                sending.state = "done" if sending.sent == sending.of else "stopped"
            close = getattr(ready.rest, "close", lambda: None)
            # What is being read just now cannot be closed before it is there.
            if under_way is None:
                close()
            else:
                under_way.add_done_callback(lambda _: close())


def export_routes(settings: Settings, *, principal: str) -> list[Route]:
    """Return the routes of exports of one environment."""
    exports = Exports(settings, principal=principal)
    return [
        Route("/api/export/file", exports.file, methods=["POST"]),
        Route("/api/export/progress", exports.progress, methods=["POST"]),
    ]


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises BadInputError (`export-form`) for one that is too long or is none."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_FORM:
            raise BadInputError("export-form", "more is asked for than fits", fix="choose fewer, or set filters")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=8, errors="strict"))
    except ValueError:
        raise BadInputError("export-form", "this form cannot be read", fix="export from a page") from None


def _fail(sending: Sending, error: LakefrontError) -> None:
    sending.state, sending.error = "failed", error


def _words(error: LakefrontError, language: str = SOURCE) -> str:
    """Return an error in a language; in English where that has no words for it."""
    what, fix = (sentences.said(text, language) for text in (error.what, error.fix))
    if what is None or fix is None:
        return f"{wording.begun(error.what)}. To mend it: {error.fix}."
    return f"{wording.begun(what)}. {put(language, 'To mend it: {fix}.', fix=fix)}"


def _refusal(error: LakefrontError) -> Response:
    status = {BadInputError: 400, NotAllowedError: 403, UnreachableError: 503}.get(type(error), 500)
    return PlainTextResponse(f"{_words(error)}\n", status, headers=_NOT_KEPT)
