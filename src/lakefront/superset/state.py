"""What a bundle manages in a Superset, and what was applied last: kept in that Superset, so that all machines share it.

It is one CSS template, because that is what Superset's REST API has for a long text that is written in one piece (up to
16 MB on MySQL) and that all who may apply can read. Its text is one CSS comment, so that choosing it for a dashboard
does nothing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
import textwrap
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from lakefront.errors import CheckFailedError
from lakefront.superset.client import SupersetClient
from lakefront.superset.entries import Entries, Entry
from lakefront.versions.commit import commit_of, who_is_here

#: How the names of CSS templates begin that are Lakefront's own.
PREFIX: Final = "lakefront:"
_PATH: Final = "/css_template/"
_FORMAT: Final = 1
_HEAD: Final = "What Lakefront applied here. Do not edit or delete: without it, nothing is pruned and no drift is seen."
_TEXT: Final = re.compile(r"/\*.*?\n\n([A-Za-z0-9+/=\n]+)\*/", re.DOTALL)


@dataclass(frozen=True)
class Memory:
    """What is managed. `assets`: as last applied, by key; `intent`: what was about to be applied, if that is not over.

    `access`: names the roles, groups and row filters that were applied last. `password`: marks the one of Trino.
    """

    serial: int = 0
    assets: Entries = field(default_factory=dict[str, Entry])
    intent: Entries | None = None
    access: str = ""
    password: str = ""
    when: str = ""
    who: str = ""
    commit: str = ""

    @property
    def named(self) -> Iterable[Entry]:
        """All that it names, as it was applied or was about to be."""
        return {**self.assets, **(self.intent or {})}.values()

    def stamped(self, bundle: Path, **changes: Any) -> Memory:
        """Return the next version of it, with when, by whom and from which commit."""
        return replace(
            self,
            serial=self.serial + 1,
            when=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            who=who_is_here(),
            commit=commit_of(bundle),
            **changes,
        )


class MemoryStore:
    """Reads and writes the memory of one bundle in one environment."""

    def __init__(self, client: SupersetClient, bundle: str, environment: str) -> None:
        self.name = f"{PREFIX}{bundle}:{environment}:state"
        self._client = client
        self._ids: list[int] = []

    def read(self) -> Memory:
        """Return what is remembered; an empty memory where nothing was ever applied.

        Raises CheckFailedError (`superset-memory`) when it was damaged.
        """
        rows = self._client.rows(_PATH, order="template_name", where=("template_name", self.name))
        found = sorted(((self._decoded(row), int(row["id"])) for row in rows), key=lambda item: -item[0].serial)
        self._ids = [number for _, number in found]
        return found[0][0] if found else Memory()

    def write(self, memory: Memory) -> None:
        """Replace what is remembered, in one piece. `read` comes before."""
        body = {"template_name": self.name, "css": encode(memory)}
        if self._ids:
            self._client.put(f"{_PATH}{self._ids[0]}", body)
        else:
            self._ids = [int(self._client.post(_PATH, body)["id"])]
        if len(self._ids) > 1:
            self._client.remove(_PATH, self._ids[1:])
            del self._ids[1:]

    def _decoded(self, row: Mapping[str, Any]) -> Memory:
        try:
            return decode(str(row.get("css") or ""))
        except (ValueError, KeyError, TypeError, binascii.Error, zlib.error) as error:
            raise CheckFailedError(
                "superset-memory",
                f"the CSS template '{self.name}', in which Lakefront keeps what it applied, is damaged: {error}",
                fix="delete it in Superset (Settings, CSS templates); the next apply takes over what is in git",
            ) from None


def encode(memory: Memory) -> str:
    """Return the text that is kept."""
    data = {
        "format": _FORMAT,
        "serial": memory.serial,
        "when": memory.when,
        "who": memory.who,
        "commit": memory.commit,
        "access": memory.access,
        "password": memory.password,
        "assets": _rows(memory.assets),
        "intent": None if memory.intent is None else _rows(memory.intent),
    }
    packed = base64.b64encode(zlib.compress(json.dumps(data, ensure_ascii=False).encode(), 6)).decode()
    head = textwrap.fill(_HEAD, 90)
    stamp = f"Serial {memory.serial}, {memory.when}, by {memory.who}".replace("*/", "")
    return "\n".join([f"/* {head}", stamp, "", *textwrap.wrap(packed, 120), "*/", ""])


def decode(text: str) -> Memory:
    """Return the memory that a text holds. Raises ValueError and the like for any other text."""
    found = _TEXT.search(text)
    if not found:
        raise ValueError("its text is another")
    data = json.loads(zlib.decompress(base64.b64decode(found[1])))
    if data["format"] != _FORMAT:
        raise ValueError(f"a newer Lakefront wrote it (form {data['format']})")
    intent = data["intent"]
    return Memory(
        serial=int(data["serial"]),
        assets=_entries(data["assets"]),
        intent=None if intent is None else _entries(intent),
        **{key: str(data[key]) for key in ("access", "password", "when", "who", "commit")},
    )


def _rows(entries: Entries) -> list[dict[str, Any]]:
    return [{"name": item.name, "key": item.key, "data": item.data} for item in entries.values()]


def _entries(rows: list[dict[str, Any]]) -> dict[str, Entry]:
    entries = (Entry(str(row["name"]), str(row["key"]), row["data"]) for row in rows)
    return {entry.key: entry for entry in entries}
