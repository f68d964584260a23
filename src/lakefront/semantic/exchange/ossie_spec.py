"""The parts of an Apache Ossie document that are read, and the document itself with lines and columns.

Source: the core specification of Apache Ossie. One model a document since 0.2.0.dev0; a list of models, or one, under
`semantic_model` before. Keys that no version has are kept, so that they can be told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lakefront.errors import BadInputError
from lakefront.semantic.source import Path_, Source, parse_source

_SURROGATES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_ESCAPED_IN_YAML = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_LONGEST = 64_000_000


class Part(BaseModel):
    """Base of all parts."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)


class DialectExpression(Part):
    """SQL, or another language, as one system reads it."""

    dialect: str = "ANSI_SQL"
    expression: str


class Expression(Part):
    """The same expression in one or more dialects."""

    dialects: tuple[DialectExpression, ...] = Field(min_length=1)


class Extension(Part):
    """What one vendor adds: JSON in a text."""

    vendor_name: str
    data: str


class Named(Part):
    """What every part with a name may have."""

    name: str = Field(min_length=1)
    description: str | None = None
    ai_context: str | dict[str, Any] | None = None
    custom_extensions: tuple[Extension, ...] = ()


class Dimension(Part):
    """How a field may be grouped by."""

    is_time: bool | None = None


class OssieField(Named):
    """A column, or an expression over the columns of a row."""

    expression: Expression
    dimension: Dimension | None = None
    label: str | None = None
    datatype: str | None = None


class OssieDataset(Named):
    """A table or a query."""

    source: str = Field(min_length=1)
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    fields: tuple[OssieField, ...] = ()


class OssieRelationship(Named):
    """Each row of `from` belongs to one row of `to`."""

    from_: str = Field(alias="from")
    to: str
    from_columns: tuple[str, ...] = Field(min_length=1)
    to_columns: tuple[str, ...] = Field(min_length=1)


class OssieMetric(Named):
    """An aggregate over fields."""

    expression: Expression
    datatype: str | None = None


class OssieModel(Named):
    """A semantic model."""

    datasets: tuple[OssieDataset, ...] = Field(min_length=1)
    relationships: tuple[OssieRelationship, ...] = ()
    metrics: tuple[OssieMetric, ...] = ()


@dataclass(frozen=True)
class OssieDocument:
    """The models of a file, each with its path in the file."""

    source: Source
    version: str
    models: tuple[tuple[Path_, OssieModel], ...]

    def place(self, *path: str | int) -> str:
        """Return where a part stands, as file:line:column."""
        return str(self.source.at_value(path))


def read_ossie(file: Path) -> OssieDocument:
    """Read a document, YAML or JSON. Raises BadInputError with file, line and column."""
    source = _source(file)
    data = cast("dict[str, Any]", source.data) if isinstance(source.data, dict) else {}
    wrapped = data.get("semantic_model")
    if isinstance(wrapped, list):
        paths: list[Path_] = [("semantic_model", number) for number in range(len(cast("list[Any]", wrapped)))]
    elif isinstance(wrapped, dict):
        paths = [("semantic_model",)]
    else:
        paths = [()] if "datasets" in data else []
    if not paths:
        raise BadInputError(
            "ossie-shape", "this is not an Apache Ossie document: it has neither `datasets` nor `semantic_model`",
            where=source.at_value(()), fix="name a file that another tool exported as Ossie (or OSI)",
        )  # fmt: skip
    return OssieDocument(source, str(data.get("version", "")), tuple((path, _model(source, path)) for path in paths))


def _source(file: Path) -> Source:
    try:
        if file.stat().st_size > _LONGEST:
            raise BadInputError("ossie-too-large", "the file is over 64 MB", fix="export fewer models at once")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInputError(
            "ossie-unreadable", f"{file} cannot be read: {reason}", fix="name a readable file"
        ) from None
    if text.lstrip().startswith("{"):  # characters that JSON may hold as they are, and YAML only as escapes
        text = _ESCAPED_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # JSON may write one character as a pair of escapes, which YAML does not know.
    return parse_source(_SURROGATES.sub(lambda pair: _joined(pair[0]), text), file)


def _joined(pair: str) -> str:
    return pair.encode().decode("unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16")


def _model(source: Source, path: Path_) -> OssieModel:
    wanted: Any = source.data
    for part in path:
        wanted = wanted[part]
    if not path:
        wanted = {key: value for key, value in wanted.items() if key != "version"}
    try:
        return OssieModel.model_validate(wanted)
    except ValidationError as error:
        item = error.errors(include_url=False)[0]
        here = (*path, *(part for part in item["loc"] if part not in ("str", "dict[str,any]")))
        missing = item["type"] == "missing"
        words = ".".join(str(part) for part in here if isinstance(part, str))
        raise BadInputError(
            "ossie-invalid", f"'{words}' is missing" if missing else f"'{words}': {item['msg'].lower()}",
            where=source.at_value(here), fix="correct the file, or export it again as Apache Ossie",
        ) from None  # fmt: skip
