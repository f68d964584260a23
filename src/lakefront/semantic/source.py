"""YAML text -> plain data, with the line and column of every key and value kept beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, SequenceNode

from lakefront.errors import BadInputError, Location

#: Where a thing is in the data: keys and list positions from the top.
Path_ = tuple[str | int, ...]
_TAG: Final = "tag:yaml.org,2002:"
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
    try:
        root = cast("Any", YAML(typ="safe", pure=True)).compose(text)  # the library has no types
    except MarkedYAMLError as error:
        mark = cast("Any", error.problem_mark or error.context_mark)
        raise BadInputError(
            "yaml-syntax",
            f"this is not valid YAML: {error.problem or error.context}",
            where=Location(file, int(mark.line) + 1, int(mark.column) + 1) if mark else Location(file),
            fix="mend that line; a text with ': ' or '#' in it needs quotes, lists start with '- '",
        ) from None
    except YAMLError as error:
        raise BadInputError(
            "yaml-syntax", f"this is not valid YAML: {error}", where=Location(file), fix="write it as YAML 1.2"
        ) from None
    reader = _Reader(file)
    data = reader.build(root, ()) if root is not None else None
    return Source(file, data, reader.keys, reader.values, reader.inline)


class _Reader:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.keys: dict[Path_, tuple[int, int]] = {}
        self.values: dict[Path_, tuple[int, int]] = {}
        self.inline: dict[Path_, int] = {}
        self._seen: set[int] = set()

    def build(self, node: Any, path: Path_) -> Any:
        position = _start(node)
        if id(node) in self._seen:
            raise BadInputError(
                "yaml-alias",
                "anchors and aliases are not used here",
                where=Location(self.file, *position),
                fix="write the value out in full",
            )
        self._seen.add(id(node))
        self.values[path] = position
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            items = cast("list[Any]", node.value)
            return [self.build(item, (*path, number)) for number, item in enumerate(items)]
        if node.start_mark.line == node.end_mark.line:
            self.inline[path] = 1 if node.style in ("'", '"') else 0
        return _scalar(str(node.tag).removeprefix(_TAG), str(node.value))

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in cast("list[tuple[Any, Any]]", node.value):
            key = str(key_node.value)
            position = _start(key_node)
            if key in result:
                raise BadInputError(
                    "yaml-duplicate-key",
                    f"'{key}' is written twice in the same place",
                    where=Location(self.file, *position),
                    fix="remove or rename one of them",
                )
            self.keys[*path, key] = position
            result[key] = self.build(value_node, (*path, key))
        return result


def _start(node: Any) -> tuple[int, int]:
    return int(node.start_mark.line) + 1, int(node.start_mark.column) + 1


def _scalar(tag: str, text: str) -> str | int | float | bool | None:
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    try:
        return int(text) if tag == "int" else float(text) if tag == "float" else text
    except ValueError:  # 0o17 and .inf are numbers to YAML only; where a number is wanted it is told
        return text
