"""A document of OpenSearch for each line of a log."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from lakefront.stack.shipping.files import Line, LogFile

#: Fields that are searched by their exact value; anything else that a line says is kept beside them.
_WORDS: Final = ("level", "logger", "thread", "query_id", "request_id")
#: Trino's id of a query, as its own lines and those of programs that ask it have it in their words.
_QUERY_ID: Final = re.compile(r"\b\d{8}_\d{6}_\d{5}_[a-z0-9]{5}\b")
_LOOKED_THROUGH: Final = 4000
_LONGEST_WORD: Final = 1000
#: Lucene takes a term of 32,766 bytes; texts are cut into words, so they may be longer.
_INDEX: Final = "logs-%Y.%m.%d"


@dataclass(frozen=True)
class Document:
    """A document and where it belongs. The id is the line's place: the same line is never there twice."""

    index: str
    id: str
    body: dict[str, Any]
    size: int
    moment: dt.datetime

    @property
    def action(self) -> dict[str, Any]:
        """Return it as the bulk helpers want it."""
        return {"_op_type": "create", "_index": self.index, "_id": self.id, "_source": self.body}


def document(line: Line, file: LogFile, unless_said: dt.datetime) -> Document:
    """Return the document of a line. `unless_said`: the time of one that tells none, or none that can be read.

    The same for the same line, whenever it is read: `unless_said` has to be, too.
    """
    text = line.text.decode("utf-8", errors="replace")
    body, moment = _fields(text)
    moment = moment or unless_said
    body |= {
        "timestamp": moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "service": file.service,
    }
    if line.cut:
        body["cut"] = True
    return Document(
        moment.astimezone(dt.UTC).strftime(_INDEX), f"{file.key}-{line.start:x}", body, len(line.text), moment
    )


def plain(refused: Document, why: str) -> Document:
    """Return a document that says the same as one that OpenSearch has refused for its fields."""
    told = {name: refused.body[name] for name in ("timestamp", "service")}
    body = {**told, "level": "INFO", "message": json.dumps(refused.body, ensure_ascii=False), "refused": why}
    return replace(refused, body=body)


def moment_of(text: str) -> dt.datetime | None:
    """Return the time that the line of a log tells."""
    return _fields(text)[1]


def _fields(text: str) -> tuple[dict[str, Any], dt.datetime | None]:
    try:
        said = json.loads(text)
        if "\\ud" in text.lower():
            # Half of a pair of surrogates is no character, and OpenSearch refuses all that comes with it.
            said = json.loads(json.dumps(said, ensure_ascii=False).encode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return _with_query({"level": "INFO", "message": text}), None
    fields = cast("dict[str, Any]", said)
    for name in _WORDS:
        if name in fields:
            word = fields[name]
            fields[name] = (word if isinstance(word, str) else json.dumps(word, ensure_ascii=False))[:_LONGEST_WORD]
    for name in ("message", "stackTrace"):
        if name in fields and not isinstance(fields[name], str):
            fields[name] = json.dumps(fields[name], ensure_ascii=False)
    return _with_query(fields), _moment(fields.get("timestamp"))


def _with_query(fields: dict[str, Any]) -> dict[str, Any]:
    """Give a line that does not say which query it is about the id that is in its words, if it is one."""
    if "query_id" not in fields:
        found = set(_QUERY_ID.findall(f"{fields.get('thread', '')} {fields.get('message', '')}"[:_LOOKED_THROUGH]))
        if len(found) == 1:
            fields["query_id"] = found.pop()
    return fields


def _moment(text: Any) -> dt.datetime | None:
    try:
        # Trino tells nanoseconds, Python reads microseconds.
        found = dt.datetime.fromisoformat(str(text)[:40])
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    return found if 2000 <= found.year < 2100 else None
