"""What a mask leaves of a value, in plain Python, by the table in docs/architecture/governance.md."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from decimal import Decimal
from typing import Any, Final

from lakefront.semantic.policy.model import Mask

_TEXT: Final = re.compile(r"(var)?char\b")
_NUMBER: Final = re.compile(r"(tinyint|smallint|integer|int|bigint|real|double|decimal)\b")
_PHONE: Final = re.compile(r"[+0-9 ()./-]{7,}")


def kind(type_: str) -> str:
    """Return what a type of Trino holds: text, number, date, moment or other."""
    name = type_.lower()
    if _TEXT.match(name):
        return "text"
    if _NUMBER.match(name):
        return "number"
    if name == "date":
        return "date"
    return "moment" if name.startswith("timestamp") else "other"


def suits(mask: Mask, type_: str) -> bool:
    """Tell whether a mask is made for values of a type; one that is not shows NULL."""
    if mask in (Mask.NULL, Mask.SHOW):
        return True
    return kind(type_) == "text" or (mask is Mask.GENERALISE and kind(type_) != "other")


def shown(mask: Mask, value: Any, type_: str, key: bytes) -> Any:
    """Return a value as a mask shows it."""
    if value is None or mask is Mask.NULL or not suits(mask, type_):
        return None
    if mask is Mask.SHOW:
        return value
    if mask is Mask.HASH:
        return _cut(hashlib.sha256(key + value.encode()).digest()[:16].hex().upper(), type_)
    if mask is Mask.PARTIAL:
        return _cut(_partial(value), type_)
    return _cut(value[:2] + "***", type_) if kind(type_) == "text" else _general(value)


def _partial(value: str) -> str:
    if "@" in value:
        return f"{value[:1]}***{value[value.index('@') :]}"
    return f"***{value[-4:]}" if _PHONE.fullmatch(value) else f"{value[:1]}***"


def _general(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    if isinstance(value, dt.date):
        return value.replace(month=1, day=1)
    if value == 0:
        return value
    number = abs(Decimal(str(value)))
    first = Decimal(int(number.scaleb(-number.adjusted()))).scaleb(number.adjusted())
    return type(value)(first.copy_sign(Decimal(str(value))))


def _cut(text: str, type_: str) -> str:
    length = re.fullmatch(r"(?:var)?char\((\d+)\)", type_.lower())
    return text[: int(length[1])] if length else text
