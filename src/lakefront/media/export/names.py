"""Names of files in a zip that every system can unpack, and that say what is in them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: What no file name on Windows may hold, and what nobody sees.
_BARRED: Final = re.compile(r'[<>:"/\\|?*]')
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
#: What Windows takes for a device, whatever its ending.
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL)
_ENDING: Final = re.compile(r"[A-Za-z0-9]{1,8}")
#: In bytes of UTF-8: most file systems take 255, and a number may be added.
_LONGEST: Final = 180


class Names:
    """Gives each file a name of its own, in any case of its letters."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._next: dict[str, int] = {}

    def name(self, title: str | None, s3_path: str | None) -> str:
        """Return a name for an original: its title with the ending of its key."""
        stem, ending = _stem(title or ""), _ending(s3_path or "")
        known = f"{stem}{ending}".casefold()
        number = self._next.get(known, 1)
        while True:
            name = f"{stem} ({number}){ending}" if number > 1 else f"{stem}{ending}"
            number += 1
            if name.casefold() not in self._given:
                self._next[known] = number
                self._given.add(name.casefold())
                return name


def _stem(title: str) -> str:
    text = unicodedata.normalize("NFC", title)
    seen = "".join(" " if letter.isspace() or unicodedata.category(letter) in _UNSEEN else letter for letter in text)
    stem = " ".join(_BARRED.sub(" ", seen).split()).strip(". ")
    stem = stem.encode()[:_LONGEST].decode(errors="ignore").rstrip(". ")
    if not stem:
        return "untitled"
    return f"_{stem}" if _DEVICE.fullmatch(stem) else stem


def _ending(s3_path: str) -> str:
    _, dot, ending = s3_path.rsplit("/", 1)[-1].rpartition(".")
    return f".{ending.lower()}" if dot and _ENDING.fullmatch(ending) else ""
