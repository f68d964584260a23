"""Masks as SQL, by the type of what they hide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from lakefront.semantic.expression import DIALECT, parse_row_expression, replace_columns
from lakefront.semantic.policy.model import Mask
from lakefront.semantic.policy.rows import kind_of

KEY_TABLE: Final = "governance.mask_keys"
KEY_COLUMN: Final = "mask_key"
_HASH_BYTES: Final = 16

#: What kinds of values a mask is made for. NULL and SHOW suit all.
_SUITS: Final = {
    Mask.HASH: {"text"},
    Mask.PARTIAL: {"text"},
    Mask.GENERALISE: {"text", "number", "date", "moment"},
}
_PARTIAL: Final = (
    "CASE WHEN v LIKE '%@%' THEN concat(substr(v, 1, 1), '***', substr(v, strpos(v, '@'))) "
    "WHEN regexp_like(v, '^[+0-9 ()./-]{7,}$') THEN concat('***', substr(v, length(v) - 3)) "
    "ELSE concat(substr(v, 1, 1), '***') END"
)
_GENERAL: Final = {
    "text": "concat(substr(v, 1, 2), '***')",
    # Its first digit: 37 is 30, 4711 is 4000.
    "number": (
        "IF(v = 0, 0, sign(v) * floor(abs(v) / power(10, floor(log10(abs(v))))) * power(10, floor(log10(abs(v)))))"
    ),
    "date": "date_trunc('year', v)",
    "moment": "date_trunc('year', v)",
}


@dataclass(frozen=True)
class HashKey:
    """Where the key of hashes is: a table that only the services read, so that no plan and no file of rules shows it.

    Without a secret key, whoever can guess an e-mail address could look it up by its hash.
    """

    catalog: str
    table: str = KEY_TABLE

    @property
    def value(self) -> exp.Expr:
        """The key, as a subquery; it is looked up under the name of a service.

        The table has one row. With two, every query of hashed values would fail; an aggregate would hide that, and cost
        each such query two more stages.
        """
        schema, table = self.table.split(".")
        select = exp.select(exp.column(KEY_COLUMN)).from_(exp.table_(table, db=schema, catalog=self.catalog))
        return exp.Subquery(this=select)


def suits(mask: Mask, type_: str) -> bool:
    """Tell whether a mask can be put on values of a type."""
    return mask not in _SUITS or kind_of(type_) in _SUITS[mask]


def nearest(mask: Mask, type_: str) -> Mask:
    """Return a mask that suits a type: this one, else NULL, which hides everything."""
    return mask if suits(mask, type_) else Mask.NULL


def masked(mask: Mask, column: str, type_: str, key: HashKey) -> exp.Expr:
    """Return a column as a mask shows it; of the column's own type, and NULL where it is NULL."""
    value = exp.column(column)
    if mask is Mask.SHOW:
        return value
    if mask is Mask.NULL:
        return exp.null()
    if mask is Mask.HASH:
        text = _call("to_utf8", exp.cast(value, "varchar", dialect=DIALECT))
        digest = _call("sha256", _call("concat", key.value, text))
        # Half of it, since who has not the whole cannot go on from it to the hash of a longer text. HMAC would be as
        # safe, and twice as slow: benchmarks/policies.py.
        hidden = _call("to_hex", _call("substr", digest, exp.Literal.number(1), exp.Literal.number(_HASH_BYTES)))
    else:
        text = _PARTIAL if mask is Mask.PARTIAL else _GENERAL[kind_of(type_)]
        hidden = replace_columns(parse_row_expression(text), lambda _: value.copy())
    return exp.cast(hidden, type_, dialect=DIALECT)


def _call(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=list(arguments))
