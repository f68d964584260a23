"""YAML text -> plain data, with the line and column of every key and value kept beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from lakefront.errors import BadInputError, Location

#: Where a thing is in the data: keys and list positions from the top.
Path_ = tuple[str | int, ...]
_TAG: Final = "tag:yaml.org,2002:"
_MAX_DEPTH: Final = 50
# libyaml, many times as fast as Python code, where there are hundreds of models. Only its events are used: what a word
# without quotes stands for is decided below, by YAML 1.2, where `on`, `no` and `1_000` are texts.
_LOADER: Final = cast("Any", getattr(yaml, "CBaseLoader", yaml.BaseLoader))
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MAX_BYTES: Final = 4_000_000


@dataclass(frozen=True)
class Source:
    """One YAML file as plain data. Lines and columns count from 1."""

    file: Path
    data: Any
    keys: dict[Path_, tuple[int, int]]
    values: dict[Path_, tuple[int, int]]
    #: Single-line scalars, with the width of their quote: offsets inside their text can be told as columns.
    inline: dict[Path_, int]

    def at_key(self, path: Path_) -> Location:
        """Return where a key is written; for a list item, where its value starts."""
        return Location(self.file, *self.keys.get(path, self._nearest(path)))

    def at_value(self, path: Path_, offset: int = 0) -> Location:
        """Return where a value starts, or where `offset` characters into a single-line text are."""
        line, column = self.values.get(path, self._nearest(path))
        inside = offset + self.inline[path] if offset and path in self.inline else 0
        return Location(self.file, line, column + inside)

    def at_offset(self, path: Path_, text: str, offset: int) -> Location:
        """Return where `offset` characters into a text are, also in one after `|`; else where its value starts.

        `text`: the value at `path`.
        """
        start = self.at_value(path)
        if path in self.inline:
            return self.at_value(path, offset)
        lines = self.file.read_text(encoding="utf-8").splitlines()
        if not lines[start.line - 1][start.column - 1 :].startswith("|"):
            return start
        before = text[:offset]
        number = start.line + before.count("\n") + 1
        indent = len(lines[number - 1]) - len(text.splitlines()[before.count("\n")])
        return Location(self.file, number, indent + len(before.rsplit("\n", 1)[-1]) + 1)

    def _nearest(self, path: Path_) -> tuple[int, int]:
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))


def read_source(file: Path) -> Source:
    """Read one file. Raises BadInputError (`yaml-unreadable`, `yaml-syntax`, `yaml-duplicate-key`, `yaml-alias`)."""
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise BadInputError(
                "yaml-too-large", "the file is over 4 MB", where=Location(file), fix="split it into several files"
            )
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            "yaml-unreadable", f"the file cannot be read: {error}", where=Location(file), fix="make it readable UTF-8"
        ) from None
    return parse_source(text, file)


def parse_source(text: str, file: Path) -> Source:
    """Parse YAML text that came from `file`. Raises as `read_source`."""
    reader = _Reader(file, text)
    try:
        data = reader.read()
    except yaml.MarkedYAMLError as error:
        mark = cast("Any", error.problem_mark or error.context_mark)
        raise BadInputError(
            "yaml-syntax",
            f"this is not valid YAML: {error.problem or error.context}",
            where=Location(file, int(mark.line) + 1, int(mark.column) + 1) if mark else Location(file),
            fix="mend that line; a text with ': ' or '#' in it needs quotes, lists start with '- '",
        ) from None
    except yaml.YAMLError as error:
        raise BadInputError(
            "yaml-syntax", f"this is not valid YAML: {error}", where=Location(file), fix="write it as YAML 1.2"
        ) from None
    return Source(file, data, reader.keys, reader.values, reader.inline)


class _Reader:
    """Builds plain data from events: libyaml's own tree builder crashes the process on text that is nested deeply."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.keys: dict[Path_, tuple[int, int]] = {}
        self.values: dict[Path_, tuple[int, int]] = {}
        self.inline: dict[Path_, int] = {}
        self._loader = _LOADER(text)

    def read(self) -> Any:
        """Return the one document of the text, None for an empty text."""
        try:
            self._loader.get_event()
            if isinstance(self._loader.get_event(), yaml.StreamEndEvent):
                return None
            data = self._build(self._loader.get_event(), ())
            self._loader.get_event()
            following = self._loader.get_event()
        finally:
            self._loader.dispose()
        if not isinstance(following, yaml.StreamEndEvent):
            raise self._refused("yaml-syntax", "a file holds one document", following, "remove the line '---'")
        return data

    def _build(self, event: Any, path: Path_) -> Any:
        if isinstance(event, yaml.AliasEvent):
            what = "anchors and aliases are not used here"
            raise self._refused("yaml-alias", what, event, "write the value out in full")
        if len(path) > _MAX_DEPTH:
            raise self._refused("yaml-too-deep", f"this is nested over {_MAX_DEPTH} deep", event, "write it flatter")
        self.values[path] = _start(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        if event.start_mark.line == event.end_mark.line:
            self.inline[path] = 1 if event.style in ("'", '"') else 0
        text = str(event.value)
        return plain_scalar(text) if event.implicit[0] else text

    def _sequence(self, path: Path_) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := self._loader.get_event(), yaml.SequenceEndEvent):
            result.append(self._build(event, (*path, len(result))))
        return result

    def _mapping(self, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := self._loader.get_event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._refused("yaml-syntax", "a key is a word", event, "put quotes around it")
            key = str(event.value)
            if key in result:
                what = f"'{key}' is written twice in the same place"
                raise self._refused("yaml-duplicate-key", what, event, "remove or rename one of them")
            self.keys[*path, key] = _start(event)
            result[key] = self._build(self._loader.get_event(), (*path, key))
        return result

    def _refused(self, code: str, what: str, event: Any, fix: str) -> BadInputError:
        return BadInputError(code, what, where=Location(self.file, *_start(event)), fix=fix)


def _start(event: Any) -> tuple[int, int]:
    return int(event.start_mark.line) + 1, int(event.start_mark.column) + 1


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Return what a word without quotes stands for."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
