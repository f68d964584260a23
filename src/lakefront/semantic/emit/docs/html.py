"""HTML and SVG made of elements: what is not an element is text, and is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final, Union

#: An attribute's value: a text, a number, True for a bare attribute; None and False leave it out.
Value = str | int | float | bool | None
Child = Union[str, "Html", None, Iterable["Child"]]

_VOID: Final = frozenset({"br", "input", "link", "meta", "wbr"})


class Html(str):
    """Markup that is complete and safe; every other text is escaped where it meets markup."""

    __slots__ = ()


def el(tag: str, *children: Child, **attributes: Value) -> Html:
    """Return an element. `class_` is written `class`, `data_kind` `data-kind`."""
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{written}>")
    return Html(f"<{tag}{written}>{join(*children)}</{tag}>")


def join(*children: Child) -> Html:
    """Return children one after the other."""
    return Html("".join(_parts(children)))


def _parts(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            yield str(child)
        elif isinstance(child, str):
            yield escape(child, quote=False)
        else:
            yield from _parts(child)


def _attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
