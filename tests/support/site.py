"""Read a generated site as a browser would: links, anchors, text and scripts of each page."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

_VOID = frozenset({"br", "input", "link", "meta", "wbr"})


@dataclass
class Document(HTMLParser):
    """One page. A tag that is not closed, or closed twice, fails at once."""

    source: str
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self.feed(self.source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert len(given) == len(attrs), f"<{tag}> has an attribute twice"
        assert not [name for name in given if name.startswith("on")], "a page has no scripts in attributes"
        self.links += [str(given[name]) for name in ("href", "src") if name in given]
        self.ids += [str(given["id"])] if "id" in given else []
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read_site(files: dict[str, str]) -> dict[str, Document]:
    """Return the pages of a site."""
    return {name: Document(text) for name, text in files.items() if name.endswith(".html")}


def dead_links(files: dict[str, str]) -> list[str]:
    """Return `page -> link` for every link inside a site that leads nowhere."""
    pages = read_site(files)
    dead: list[str] = []
    for name, page in pages.items():
        for link in page.links:
            to = urlsplit(link)
            if to.scheme:
                continue
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(to.path))) if to.path else name
            anchor = unquote(to.fragment)
            if path not in files or (anchor and anchor not in pages[path].ids):
                dead.append(f"{name} -> {link}")
    return dead
