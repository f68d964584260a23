"""What all files of extras are made of, and what is checked in several kinds of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from lakefront.errors import BadInputError
from lakefront.semantic.source import Source

Text = Annotated[str, StringConstraints(strict=True, min_length=1)]
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Node(BaseModel):
    """Base of what is read from these files: strict about keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class File(Node):
    """A whole file."""

    version: Literal["1.0.0"]


def title_problems(source: Source, key: str, longest: int) -> Iterator[BadInputError]:
    """Yield what is wrong with the name that an object is recognised by."""
    text: str = source.data[key]
    if text != text.strip() or len(text) > longest:
        yield BadInputError(
            "asset-title",
            f"'{key}' begins or ends with a space, or is longer than {longest} characters",
            where=source.at_value((key,)),
            fix="shorten it, or take the spaces away",
        )


def uuid_problems(source: Source) -> Iterator[BadInputError]:
    """Yield what is wrong with the file's uuid."""
    text: str = source.data["uuid"]
    if not _UUID.fullmatch(text):
        what, where = f"'{text}' is not a uuid in lower case", source.at_value(("uuid",))
        yield BadInputError("asset-uuid", what, where=where, fix="write a new one: uuidgen")
