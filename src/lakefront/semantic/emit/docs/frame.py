"""What every page has: its head, its bar with the search, and the small parts that pages are put together from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from lakefront.semantic.emit.docs.html import Child, Html, el, join
from lakefront.semantic.emit.docs.site import Site, link, page_of
from lakefront.semantic.model import Certification, Sensitivity
from lakefront.semantic.quality.bind import BoundRule

_MAIL: Final = re.compile(r"[^@\s<>\"']+@[^@\s<>\"']+\.[^@\s<>\"']+")
_SENSITIVITY: Final = {
    Sensitivity.PUBLIC: ("public", "Everybody may see it"),
    Sensitivity.INTERNAL: ("internal", "Everybody inside may see it"),
    Sensitivity.PII: ("personal data", "Masked, or not shown at all, by role"),
}


def write_page(site: Site, page: str, title: str, *content: Child, trail: Sequence[tuple[str, str]] = ()) -> str:
    """Return a whole page. `page`: its path from the top; `trail`: (name, path) of the pages above it."""
    home = page == "index.html"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title if home else f"{title} · {site.title}"),
        el("link", rel="icon", href="data:,"),
        el("link", rel="stylesheet", href=link("assets/site.css", page)),
        el("script", src=link("assets/theme.js", page)),
        el("script", src=link("assets/index.js", page), defer=True),
        el("script", src=link("assets/site.js", page), defer=True),
    )
    crumbs = [el("li", el("a", name, href=link(path, page))) for name, path in (("Home", "index.html"), *trail)]
    crumbs.append(el("li", title, aria_current="page"))
    body = el(
        "body",
        el("a", "Skip to the content", href="#content", class_="skip"),
        _bar(site, page, search=not home),
        el(
            "main",
            None if home else el("nav", el("ol", crumbs), class_="crumbs", aria_label="Where this page is"),
            content,
            id="content",
        ),
        el("footer", "Generated from the semantic layer by ", el("code", "lakefront semantic docs"), "."),
        data_top="../" * page.count("/"),
    )
    return f"<!doctype html>\n{el('html', head, body, lang='en')}\n"


def _bar(site: Site, page: str, *, search: bool) -> Html:
    links = [("Map", "map.html"), *([("Dashboards", "dashboards.html")] if site.usage.dashboards else [])]
    return el(
        "header",
        el(
            "a",
            el("span", "", class_="logo", aria_hidden="true"),
            el("span", site.title),
            href=link("index.html", page),
            class_="brand",
        ),
        search_box("Search", "popup") if search else el("span", class_="grow"),
        el(
            "nav",
            [el("a", name, href=link(to, page), aria_current="page" if to == page else None) for name, to in links],
            aria_label="Pages",
        ),
        el("button", "Theme", type="button", id="theme", title="Light or dark", hidden=True),
        class_="bar",
    )


def search_box(label: str, results: str) -> Html:
    """Return the search field and where its results appear: a `popup` below it, or a `list` in the page."""
    return el(
        "div",
        el(
            "input",
            type="search",
            id="search",
            placeholder=f"{label} metrics, dimensions, datasets…",
            autocomplete="off",
            spellcheck="false",
            aria_label="Search the semantic layer",
            aria_keyshortcuts="/",
            aria_describedby="status",
            disabled=True,
        ),
        el("kbd", "/", aria_hidden="true"),
        el("div", el("p", "", id="status", role="status"), el("ol", id="results"), class_="popup", hidden=True)
        if results == "popup"
        else None,
        class_="search",
    )


def section(name: str, title: str, *content: Child, count: int | None = None) -> Html:
    """Return a part of a page under a heading, with an anchor."""
    number = el("span", str(count), class_="count") if count is not None else None
    return el("section", el("h2", title, " " if number else None, number), content, id=name)


def facts(rows: Iterable[tuple[str, Child]]) -> Html:
    """Return names with their values, without those that have none."""
    return el("dl", [el("div", el("dt", name), el("dd", value)) for name, value in rows if value], class_="facts")


def table(heads: Sequence[str], rows: Sequence[tuple[str | None, Sequence[Child]]], label: str) -> Html:
    """Return a table that scrolls by itself where it is too wide. A row is (its anchor, its cells)."""
    body = [
        el("tr", [el("td", cell, data_head=head) for head, cell in zip(heads, cells, strict=True)], id=anchor)
        for anchor, cells in rows
    ]
    head = el("thead", el("tr", [el("th", name, scope="col") for name in heads]))
    return el(
        "div", el("table", head, el("tbody", body)), class_="scroll", tabindex="0", role="region", aria_label=label
    )


def badge(text: str, kind: str = "", title: str | None = None) -> Html:
    """Return a short word about a thing."""
    return el("span", text, class_=f"badge {kind}".strip(), title=title)


def certified(by: Certification | None) -> Html | None:
    """Return the badge of what somebody vouches for."""
    return badge(f"✓ Certified by {by.by}", "good", by.details) if by else None


def sensitivity(value: Sensitivity) -> Html:
    """Return the badge of who may see a column's values."""
    text, title = _SENSITIVITY[value]
    return badge(text, value.value, title)


def owner(text: str) -> Html:
    """Return an owner, as a link to write to where it is an address."""
    return el("a", text, href=f"mailto:{text}") if _MAIL.fullmatch(text) else join(text)


def mentions(site: Site, kind: str, names: Iterable[str], page: str) -> Html | None:
    """Return links to metrics, datasets or views, in one line."""
    made: list[Child] = []
    for name in names:
        label = {"metric": site.layer.metrics, "view": site.layer.views}.get(kind, {}).get(name)
        text = label.label if label else el("code", name)
        made += [", " if made else None, el("a", text, href=link(page_of(kind, name), page))]
    return join(made) if made else None


def column_link(dataset: str, column: str, page: str) -> Html:
    """Return a link to a column of a dataset."""
    return el("a", el("code", f"{dataset}.{column}"), href=link(f"{page_of('dataset', dataset)}#column-{column}", page))


def one_line(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


def code(text: str, *, sql: bool = True) -> Html:
    """Return a block of code with a button that copies it."""
    return el(
        "div",
        el("pre", el("code", _coloured(text) if sql else text), tabindex="0"),
        el("button", "Copy", type="button", class_="copy", hidden=True),
        class_="code",
    )


def _coloured(text: str) -> Child:
    try:
        tokens = sqlglot.tokenize(text, read="trino")
    except SqlglotError:
        return text
    parts: list[Child] = []
    at = 0
    for token in tokens:
        kind = _kind(token.token_type, token.text)
        if kind:
            parts += [text[at : token.start], el("span", text[token.start : token.end + 1], class_=kind)]
            at = token.end + 1
    return [*parts, text[at:]]


def _kind(token: TokenType, text: str) -> str | None:
    if token is TokenType.STRING:
        return "s"
    if token is TokenType.NUMBER:
        return "n"
    named = token in (TokenType.VAR, TokenType.IDENTIFIER)
    return "k" if not named and text.replace(" ", "").isalpha() else None


def quality_table(rules: Sequence[BoundRule], page: str, *, anchors: bool) -> Html:
    """Return quality rules as a table. `anchors`: of one dataset, on its own page."""
    heads = ["Rule", *(["Dataset"] if not anchors else []), "Columns", "Asks", "If it fails", "Owner"]
    rows = [(f"rule-{rule.name}" if anchors else None, _rule_cells(rule, page, anchors=anchors)) for rule in rules]
    return table(heads, rows, "Quality rules")


def _rule_cells(rule: BoundRule, page: str, *, anchors: bool) -> list[Child]:
    dataset, why = rule.dataset.name, rule.rule.description
    where = [el("br"), "where ", el("code", one_line(rule.rule.where))] if rule.rule.where else None
    cells: list[Child] = [[el("code", rule.name), el("p", one_line(why), class_="muted") if why else None]]
    if not anchors:
        to = link(f"{page_of('dataset', dataset)}#rule-{rule.name}", page)
        cells.append(el("a", el("code", dataset), href=to))
    columns: list[Child] = []
    for name in rule.columns:
        to = link(f"{page_of('dataset', dataset)}#column-{name}", page)
        columns += [", " if columns else None, el("a", el("code", name), href=to)]
    asks: Child = el("code", rule.bound) if rule.rule.expression else rule.bound
    severe = badge("error", "bad") if rule.severity == "error" else badge("warning", "warning")
    return [*cells, columns, [asks, where], severe, owner(rule.owner)]
