"""`deploy/superset/superset_config.py` refuses secrets and origins that protect nothing, in a sentence."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import Settings
from lakefront.stack.superset import environment_python
from tests.support.cli import ROOT

pytestmark = pytest.mark.stack

GOOD = "k7Wq0xR2vT9bLm4Zs8Jd1Hf6Gy3Nc5Pa"
OTHER = GOOD[::-1]
#: One process for all cases: Superset's imports take seconds. Prints one JSON object a case.
SCRIPT = """
import contextlib, io, json, os, runpy, sys
config, cases = sys.argv[1], json.loads(sys.argv[2])
plain = dict(os.environ)
for case in cases:
    os.environ.clear()
    os.environ.update({**plain, **case})
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            found = runpy.run_path(config)
        told = {name: found[name] for name in ("GUEST_TOKEN_JWT_SECRET", "FEATURE_FLAGS", "GUEST_TOKEN_JWT_AUDIENCE")}
        print(json.dumps({"code": 0, **told}))
    except SystemExit as error:
        print(json.dumps({"code": error.code, "said": said.getvalue()}))
"""


def _loaded(settings: Settings, home: Path, cases: list[dict[str, str]]) -> list[dict[str, Any]]:
    python = environment_python(settings)
    assert python is not None
    filled = [
        {"LAKEFRONT_SUPERSET_HOME": str(home), "LAKEFRONT_SUPERSET_SECRET_KEY": GOOD, "LAKEFRONT_ENV": "prod", **case}
        for case in cases
    ]
    config = str(ROOT / "deploy" / "superset" / "superset_config.py")
    ran = subprocess.run(
        [str(python), "-c", SCRIPT, config, json.dumps(filled)],
        check=False, capture_output=True, text=True, timeout=300, cwd=home, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]


REFUSED = {
    "": {"LAKEFRONT_SUPERSET_SECRET_KEY": ""},
    "31 characters": {"LAKEFRONT_SUPERSET_SECRET_KEY": GOOD[:31]},
    "plain": {"LAKEFRONT_SUPERSET_SECRET_KEY": "abc" * 20},
    "Superset's default": {"LAKEFRONT_SUPERSET_SECRET_KEY": "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET"},
    "of an example": {"LAKEFRONT_SUPERSET_SECRET_KEY": "TEST_NON_DEV_SECRET and more of it, so that it is long"},
    "guest: short": {"LAKEFRONT_SUPERSET_GUEST_SECRET": "not long"},
    "guest: Superset's default": {"LAKEFRONT_SUPERSET_GUEST_SECRET": "test-guest-secret-change-me-and-more-of-it"},
    "guest: the secret key": {"LAKEFRONT_SUPERSET_GUEST_SECRET": GOOD},
    "any page": {"LAKEFRONT_SUPERSET_EMBED_ORIGINS": "*"},
    "any page of a domain": {"LAKEFRONT_SUPERSET_EMBED_ORIGINS": "https://*.example.com"},
    "an address": {"LAKEFRONT_SUPERSET_EMBED_ORIGINS": "https://a.example.com https://b.example.com/page"},
    "no scheme": {"LAKEFRONT_SUPERSET_EMBED_ORIGINS": "a.example.com"},
    "another directive": {"LAKEFRONT_SUPERSET_EMBED_ORIGINS": "https://a.example.com;script-src"},
}


def test_what_protects_nothing_is_refused_and_without_a_secret_nothing_is_embedded(
    stack: Settings, tmp_path: Path
) -> None:
    accepted = [
        {"LAKEFRONT_SUPERSET_GUEST_SECRET": OTHER, "LAKEFRONT_SUPERSET_EMBED_ORIGINS": "https://a.example.com"},
        {},
        {},
    ]
    *refused, embeds, plain, again = _loaded(stack, tmp_path, [*REFUSED.values(), *accepted])
    for (what, case), found in zip(REFUSED.items(), refused, strict=True):
        assert found["code"] == 3, what
        (name,) = case
        assert name in found["said"], what
        assert "to mend it:" in found["said"], what
        assert "Traceback" not in found["said"], what
        assert case[name] not in found["said"] or "ORIGINS" in name or not case[name], f"{what}: a secret is not told"
    assert embeds["FEATURE_FLAGS"]["EMBEDDED_SUPERSET"] is True
    assert embeds["GUEST_TOKEN_JWT_SECRET"] == OTHER
    assert embeds["GUEST_TOKEN_JWT_AUDIENCE"] == "lakefront-guest:prod"
    assert plain["FEATURE_FLAGS"]["EMBEDDED_SUPERSET"] is False
    assert plain["GUEST_TOKEN_JWT_SECRET"] != again["GUEST_TOKEN_JWT_SECRET"], "nobody knows it, Superset's least"
