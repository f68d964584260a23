"""Models as plain data -> YAML files as a person would write them, all of them or none."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from lakefront.errors import BadInputError, LakefrontError, Location, PartlyDoneError
from lakefront.semantic.exchange.draft import Data, ToCheck
from lakefront.semantic.source import parse_source

_WIDTH: Final = 120
_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "model": ("version", "name", "description", "owner", "datasets", "relationships", "metrics", "views"),
    "datasets": ("name", "source", "sql", "description", "primary_key", "columns", "time", "quality"),
    "columns": ("name", "label", "type", "description", "expression", "synonyms", "sensitivity", "format", "time"),
    "relationships": ("name", "from", "to", "as", "from_columns", "to_columns", "type"),
    "metrics": (
        "name", "label", "type", "dataset", "expression", "percentile", "filter", "numerator", "denominator", "metric",
        "window", "reset", "offset", "show", "time", "over_time", "description", "owner", "unit", "format", "synonyms",
        "certified",
    ),
    "quality": (
        "rule", "name", "column", "columns", "values", "relationship", "to", "to_columns", "max_age", "min", "max",
        "expression", "where", "severity",
    ),
    "views": ("name", "label", "description", "root", "time", "columns", "metrics"),
}  # fmt: skip
#: Lists whose items stand on lines of their own even where they are single words.
_TALL: Final = frozenset({("views", "columns"), ("views", "metrics")})
#: Lists whose items stand on one line each, where it is wide enough.
_ONE_LINE: Final = frozenset({"relationships", "quality"})
_ASK: Final = "a guess: to be checked"
#: What makes YAML read a text without quotes as something else.
_NEEDS_QUOTES: Final = re.compile(r"^[*&!%@`#?|>{}\[\],'\"-]|: |:$| #")
#: Texts that a block keeps exactly as they are.
_BLOCK_SAFE: Final = re.compile(
    r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff][^\x00-\t\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]*"
)


def render(model: Data, *, comment: str | None = None) -> str:
    """Return a model as YAML in the style of the reference bundle. `comment` stands at its top."""
    lines = [f"# {line}" for line in (comment or "").splitlines()]
    blocks: list[str] = []
    for key in _sorted(model, "model"):
        value = model[key]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            blocks.append(_section(key, cast("list[Data]", value)))
        else:
            lines.append(_dump(CommentedMap({key: _styled(value, ("model", key))})).rstrip("\n"))
    return "\n".join(lines) + "\n" + "".join(f"\n{block}" for block in blocks)


def write_files(folder: Path, texts: Mapping[str, str], *, force: bool = False) -> list[Path]:
    """Write files below a folder: all or none of them.

    Raises BadInputError (`exchange-exists`, `exchange-unwritable`) or PartlyDoneError (`exchange-half-written`).
    """
    targets = {folder / name: text for name, text in texts.items()}
    standing = [path for path in targets if path.exists()]
    if standing and not force:
        raise BadInputError(
            "exchange-exists", f"there is already a file here{_more(standing)}", where=Location(standing[0]),
            fix="choose another folder with --out, or overwrite with --force",
        )  # fmt: skip
    staged: dict[Path, Path] = {}
    done: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in targets.items():
            staged[path] = path.with_name(f".{path.name}.new")
            staged[path].write_text(text, encoding="utf-8")
        for path, new in staged.items():
            new.replace(path)
            done.append(path)
    except OSError as error:
        raise _unwritable(folder, error, done) from None
    finally:
        for new in staged.values():
            new.unlink(missing_ok=True)
    return done


def _unwritable(folder: Path, error: OSError, done: list[Path]) -> LakefrontError:
    if done:
        return PartlyDoneError(
            "exchange-half-written", f"{error.strerror}; written were only: {', '.join(path.name for path in done)}",
            where=Location(folder), fix="make room or see to the rights, then run it again with --force",
        )  # fmt: skip
    return BadInputError(
        "exchange-unwritable", f"the models cannot be written: {error.strerror}", where=Location(folder),
        fix="choose another folder with --out",
    )  # fmt: skip


def _more(standing: list[Path]) -> str:
    return f", and {len(standing) - 1} more" if len(standing) > 1 else ""


def _section(key: str, items: list[Data]) -> str:
    parts = [_dump(CommentedSeq([_item(item, key)])) for item in items]
    narrow = key in _ONE_LINE
    return f"{key}:\n" + ("" if narrow else "\n").join(parts)


def _item(item: Data, kind: str) -> CommentedMap:
    made = CommentedMap()
    for key in _sorted(item, kind):
        value = item[key]
        made[key] = _styled(value, (kind, key))
        if isinstance(value, ToCheck):
            made.yaml_add_eol_comment(_ASK, key)
    if kind in _ONE_LINE:
        made.fa.set_flow_style()
        if len(_dump(CommentedSeq([made]))) + 2 > _WIDTH:
            made.fa.set_block_style()
    return made


def _styled(value: Any, path: tuple[str, str]) -> Any:
    """Return a value as ruamel should write it."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        mappings = any(isinstance(item, dict) for item in items)
        made = CommentedSeq([
            _item(cast("Data", item), path[1]) if path[1] in ("columns", "quality") and path[0] == "datasets"
            else _flat(item) for item in items
        ])  # fmt: skip
        if not mappings and path not in _TALL:
            made.fa.set_flow_style()
        return made
    return _flat(value)


def _flat(value: Any) -> Any:
    """Return a value that stands on one line."""
    if isinstance(value, dict):
        made = CommentedMap({key: _flat(item) for key, item in cast("Data", value).items()})
        made.fa.set_flow_style()
        return made
    if isinstance(value, list):
        items = CommentedSeq([_flat(item) for item in cast("list[Any]", value)])
        items.fa.set_flow_style()
        return items
    return _text(value, inline=True) if isinstance(value, str) else value


def _text(text: str, *, inline: bool = False) -> str:
    plain = str(text)
    if "\n" in plain and not inline and _BLOCK_SAFE.fullmatch(plain) and plain == plain.rstrip():
        return LiteralScalarString(plain)
    if not plain.isprintable() or plain != plain.strip() or plain.startswith(("---", "...")):
        return DoubleQuotedScalarString(plain)
    # Words that our reader takes for something other than a text; quotes make it one.
    word = re.fullmatch(r"[\w.+~-]*", plain)
    quoted = _NEEDS_QUOTES.search(plain) or (word and not isinstance(_read(plain), str))
    return DoubleQuotedScalarString(plain) if quoted else plain


def _read(word: str) -> object:
    return parse_source(f"[{word}]", Path()).data[0] if word else None


def _sorted(item: Data, kind: str) -> list[str]:
    order = _ORDER.get(kind, ())
    known = [key for key in order if key in item]
    # Sections that are new to this list stand where the model has them: after those that are known.
    return known + [key for key in item if key not in order]


def _dump(data: Any) -> str:
    yaml = YAML()
    yaml.width = 100_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(data, text)
    return text.getvalue()
