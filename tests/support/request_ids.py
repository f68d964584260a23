"""Ids of requests as proxies make them, and as nobody should be believed."""

from __future__ import annotations

GOOD = (
    "7f1c2a90",
    "0b8f9a2e-6f0c-4a57-9a35-0d1c1e9d3b11",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "Root=1-67891233-abcdef012345678912345678",
    "x" * 128,
)
#: As they come over the wire.
HOSTILE = (
    b"",
    b"short",
    b"x" * 129,
    b"x" * 4000,
    "이것은아이디가아니다".encode(),
    "caf\u00e9-caf\u00e9".encode("latin-1"),
    b"two words",
    b"one,two,three",
    b"one+two+three",
    b'id" OR level:"ERROR',
    b"<script>alert(1)</script>",
    b"../../etc/passwd",
    b"-begins-with-a-dash",
    b"tab\tin-it-there",
)
