"""A hundred texts that would run in a page which takes them for anything but text, and files that carry them."""

from __future__ import annotations

from base64 import b64encode
from itertools import product
from typing import Final

#: What each would run: it leaves a mark that a test looks for.
RUN: Final = "window.__ran=(window.__ran||0)+1"

_WHOLE: Final = (
    f"<script>{RUN}</script>",
    f"<ScRiPt >{RUN}</sCrIpT>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<script src=data:text/javascript,{RUN}></script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"--><script>{RUN}</script>",
    f"]]><script>{RUN}</script>",
    f"'\"--></style></script><script>{RUN}</script>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><script xlink:href=data:,{RUN} /></svg>",
    f'<iframe srcdoc="<script>parent.{RUN[7:]}</script>"></iframe>',
    f'<iframe src="javascript:parent.{RUN[7:]}"></iframe>',
    f'<object data="javascript:{RUN}"></object>',
    f'<embed src="javascript:{RUN}">',
    f'<a href="javascript:{RUN}" autofocus>a</a>',
    f'<form action="javascript:{RUN}"><input type=submit></form>',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{RUN}">',
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    f'<template><img src=x onerror="{RUN}"></template>',
    f'<svg><animate onbegin="{RUN}" attributeName=x dur=1s>',
    f'<svg><set onbegin="{RUN}" attributeName=x to=1>',
    f'<meta http-equiv=refresh content="0;url=javascript:{RUN}">',
    f'<base href="javascript:{RUN}//">',
    f'<link rel=stylesheet href="javascript:{RUN}">',
    f'<style>@import "javascript:{RUN}";</style>',
    f'<isindex type=image src=1 onerror="{RUN}">',
    # Markdown, which Streamlit draws.
    f"[a](javascript:{RUN})",
    f"![a](javascript:{RUN})",
    f"[a](data:text/html;base64,{b64encode(f'<script>{RUN}</script>'.encode()).decode()})",
    f'![a](x"onerror="{RUN})',
    f"<javascript:{RUN}>",
    f"[a]: javascript:{RUN}",
    f"`<img src=x onerror={RUN}>",
    f"$\\href{{javascript:{RUN}}}{{a}}$",
    f"$$\\html{{<img src=x onerror={RUN}>}}$$",
    f":red[<img src=x onerror={RUN}>]",
    ":material/home: :streamlit: :red-badge[x] :blue[**x**]",
    "# heading > quote | a | b |",
    # Templates, formats and queries.
    "{{constructor.constructor('" + RUN + "')()}}",
    "${" + RUN + "}",
    "#{" + RUN + "}",
    "<%= " + RUN + " %>",
    "{0.__class__.__mro__} {settings} %(name)s %s %n",
    "'; DROP TABLE media.assets; --",
    "' OR 1=1 --",
    '" OR ""="',
    '=HYPERLINK("javascript:' + RUN + '")',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file.jpg%00.html",
    "a;b&c|d`e`$(f)",
)
_TAGS: Final = ("img src=x", "svg", "body", "video src=x", "audio src=x", "details open", "input autofocus", "marquee")
_EVENTS: Final = ("onerror", "onload", "onfocus", "ontoggle", "onstart", "onmouseover")


def texts() -> tuple[str, ...]:
    """Return the hundred texts."""
    events = tuple(f"<{tag} {event}={RUN}>" for tag, event in product(_TAGS, _EVENTS))
    return (_WHOLE + events)[:100]


def svg(text: str) -> bytes:
    """Return a drawing that would run a script of its own, load from elsewhere and run when it is touched."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="80" height="60"'
        f' onload="{RUN}"><script>{RUN}</script><rect width="80" height="60" fill="#0B6E99" onmouseover="{RUN}"/>'
        f'<foreignObject width="80" height="60"><body xmlns="http://www.w3.org/1999/xhtml" onload="{RUN}">'
        f'<img src="x" onerror="{RUN}"/></body></foreignObject><image xlink:href="http://127.0.0.1:9/x.png"/>'
        f"<title>{text.replace('&', '&amp;').replace('<', '&lt;')}</title></svg>"
    ).encode()
