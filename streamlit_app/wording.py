"""Numbers, times and names as a person reads them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from babel.dates import format_date, format_interval, format_skeleton

import language
import sentences
from language import later, n, t

KINDS: Final = {"image": later("Images"), "audio": later("Sounds"), "video": later("Videos")}
ONE_OF: Final = {"image": later("Image"), "audio": later("Sound"), "video": later("Video")}

#: Words of English that a sentence begins with in small letters where the toolkit says it; all else may be a name.
_BEGINNINGS: Final = re.compile(
    r"(?:a|ask|check|choose|convert|correct|export|give|list|log|login|look|make|nobody|run|scale|see|send|"
    r"shorten|split|start|the|there|this|try|use|wait|write|your)(?: |$)"
)
_MARKDOWN: Final = re.compile(r"([!-/:-@\[-`{-~])")


def kind(name: str) -> str:
    """Return what all assets of a kind are called; a kind that nobody knows is called as it is."""
    return t(KINDS[name]) if name in KINDS else name


def one_of(name: str) -> str:
    """Return what one asset of a kind is called."""
    return t(ONE_OF[name]) if name in ONE_OF else name


def number(value: int) -> str:
    """Return a whole number with separators: 12,345."""
    return language.number(value)


def items(value: int) -> str:
    """Return a count in words: 1 item, 12,345 items."""
    return n("{number} item", "{number} items", value)


def size(value: int) -> str:
    """Return bytes in decimal units with three digits: 1.24 MB."""
    if value < 1000:
        return f"{value} B"
    amount = float(value)
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        amount /= 1000
        if amount < 999.5 or unit == "PB":
            break
    digits = 2 if amount < 10 else 1 if amount < 100 else 0
    return f"{amount:.{digits}f} {unit}"


def duration(seconds: float) -> str:
    """Return seconds as m:ss or h:mm:ss, at least one second."""
    whole = max(1, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds_left:02}" if hours else f"{minutes}:{seconds_left:02}"


def day(value: dt.date) -> str:
    """Return a day: 31 Oct 2026."""
    return f"{value.day} {value:%b %Y}" if _english() else format_date(value, "long", locale=language.language())


def short_day(value: dt.date) -> str:
    """Return a day of a year that is known: 31 Oct."""
    return f"{value.day} {value:%b}" if _english() else format_skeleton("MMMd", value, locale=language.language())


def moment(value: dt.datetime, *, seconds: bool = False) -> str:
    """Return a moment with its time zone: 31 Oct 2026, 18:05 UTC."""
    there = value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return t("{day}, {time} UTC", day=day(there), time=f"{there:{'%H:%M:%S' if seconds else '%H:%M'}}")


def days(first: dt.date, last: dt.date) -> str:
    """Return a span of days: 3 – 31 Oct 2026."""
    if first == last:
        return day(first)
    if not _english():
        return format_interval(first, last, "yMMMd", locale=language.language())
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def _english() -> bool:
    """Return whether days are written as the code does: the day first, as short as it gets."""
    return language.language() == language.SOURCE


def milliseconds(seconds: float) -> str:
    """Return a latency: 38 ms, 1.2 s."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else t("{seconds} s", seconds=f"{seconds:.1f}")


def file_name(title: str, s3_path: str) -> str:
    """Return a name to save an original under: its title with the ending of its key."""
    stem = re.sub(r"[^\w.-]+", " ", title).strip(" .")[:80].strip() or "original"
    ending = s3_path.rsplit("/", 1)[-1].rpartition(".")[2]
    return f"{stem}.{ending}"


def plain(text: str) -> str:
    """Return text that Markdown shows as it is, whoever wrote it."""
    return _MARKDOWN.sub(r"\\\1", re.sub(r"\s+", " ", text)).strip()


def words(text: str) -> str:
    """Return a sentence as Markdown in which only `code` is more than text."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return plain(text)
    return "".join(_edges(piece) if at % 2 == 0 else f"`{piece}`" for at, piece in enumerate(pieces))


def sentence(text: str) -> str:
    """Return words of an error as a sentence of Markdown, in the page's language where it is known there.

    Names that it begins with stay as they are.
    """
    made = begun(sentences.said(text) or text)
    return words(made) if made.endswith(("?", ".")) else f"{words(made)}."


def begun(text: str) -> str:
    """Return words of an error as a sentence begins."""
    return text[:1].upper() + text[1:] if _BEGINNINGS.match(text) else text


def _edges(piece: str) -> str:
    before = " " if piece[:1].isspace() else ""
    after = " " if piece[-1:].isspace() and piece.strip() else ""
    return f"{before}{plain(piece)}{after}"
