"""Which pages may show a dashboard, in files and on a server; tokens of guests; whom a page offers which dashboard."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
from pathlib import Path

import pytest

from lakefront.config import load_settings
from lakefront.semantic.source import read_source
from lakefront.superset.embedded import read_embedded
from lakefront.superset.extras import embedding
from lakefront.superset.guest_token import LIFE, guest_token
from tests.support.cli import ROOT

EXPLORER = ("http://127.0.0.1:8501", "http://localhost:8501")
SECRETS = ("S3_ACCESS_KEY", "S3_SECRET_KEY", "SUPERSET_SECRET_KEY", "SUPERSET_PASSWORD", "SIGNING_KEY")


@pytest.mark.parametrize(
    "wanted",
    [
        ["explorer"],
        ["explorer", "https://pages.example.com"],
        ["https://pages.example.com"],
        ["http://127.0.0.1:8501"],
        [],
    ],
)
def test_what_a_file_says_comes_back_from_a_server(wanted: list[str]) -> None:
    told = embedding.here(wanted, EXPLORER)
    assert "explorer" not in told
    assert embedding.in_file(told or None, EXPLORER) == wanted


def test_the_word_means_another_address_in_another_environment() -> None:
    told = embedding.here(["explorer"], EXPLORER)
    assert told == list(EXPLORER)
    assert embedding.in_file(told, ("https://explorer.example.com",)) == told, "a foreign explorer is not ours"


def test_a_dashboard_that_any_page_may_show_is_told_as_such() -> None:
    assert embedding.in_file([], EXPLORER) == ["*"]
    assert embedding.in_file(None, EXPLORER) == []


MISTAKES = [
    ("embedded: explorer", 1, "is a list of the pages"),
    ("embedded:\n  - '*'", 2, "that nobody has named"),
    ("embedded:\n  - https://*.example.com", 2, "that nobody has named"),
    ("embedded:\n  - explorer\n  - https://a.example.com/page", 3, "browsers tell which origin"),
    ("embedded:\n  - https://a.example.com/", 2, "browsers tell which origin"),
    ("embedded:\n  - a.example.com", 2, "is not the origin of a page"),
    ("embedded:\n  - explorr", 2, "Did you mean 'explorer'?"),
    ("embedded:\n  - https://a.example.com:99999", 2, "is not the origin of a page"),
    ("embedded:\n  - https://user@a.example.com", 2, "is not the origin of a page"),
    ("embedded:\n  - 'https://a.example.com, https://b.example.com'", 2, "is not the origin of a page"),
    ("embedded:\n  - ftp://a.example.com", 2, "is not the origin of a page"),
    ("embedded:\n  - 7", 2, "is not the origin of a page"),
]


@pytest.mark.parametrize(("text", "line", "words"), MISTAKES)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    file = tmp_path / "board.yaml"
    file.write_text(text + "\n", encoding="utf-8")
    (problem,) = embedding.problems(read_source(file))
    assert problem.code == "asset-embedded"
    assert problem.where is not None
    assert problem.where.line == line
    assert words in problem.what
    assert problem.fix


def test_origins_are_taken_as_browsers_tell_them(tmp_path: Path) -> None:
    file = tmp_path / "board.yaml"
    origins = ["explorer", "https://a.example.com", "http://127.0.0.1:8501", "http://[::1]:8501", "https://a-b.example"]
    file.write_text("embedded:\n" + "".join(f"  - '{item}'\n" for item in origins), encoding="utf-8")
    assert list(embedding.problems(read_source(file))) == []


def test_a_token_says_who_looks_at_what_until_when() -> None:
    secret = "a secret of its own, long enough"
    token = guest_token(secret, "dev", "ana", ["u-1"], now=1_000_000.7, rows={7: "region = 'EU'"})
    head, body, signature = token.split(".")
    digest = hmac.digest(secret.encode(), f"{head}.{body}".encode(), hashlib.sha256)
    assert signature == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert claims["user"]["username"] == "ana"
    assert claims["resources"] == [{"type": "dashboard", "id": "u-1"}]
    assert claims["rls_rules"] == [{"dataset": 7, "clause": "region = 'EU'"}]
    assert claims["aud"] == "lakefront-guest:dev"
    assert claims["exp"] - claims["iat"] == LIFE
    assert claims["iat"] < 1_000_000 < claims["exp"]


def test_the_secret_of_tokens_is_one_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "lakefront.toml").write_text('[bundle]\nname = "b"\n[env.local]\n', encoding="utf-8")
    environ = {f"LAKEFRONT_{name}": name * 9 for name in SECRETS}
    ours = load_settings(bundle=tmp_path, environ=environ).secrets
    assert len(ours.guest_secret) >= 32
    assert ours.guest_secret not in (ours.signing_key, ours.superset_secret_key, ours.people_password)
    given = load_settings(bundle=tmp_path, environ={**environ, "LAKEFRONT_SUPERSET_GUEST_SECRET": "given" * 9}).secrets
    assert given.guest_secret == "given" * 9


def test_the_explorer_is_known_by_both_names_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "lakefront.toml").write_text('[bundle]\nname = "b"\n[env.local]\n', encoding="utf-8")
    assert load_settings(bundle=tmp_path, environ={}).explorer_origins == EXPLORER
    elsewhere = {"LAKEFRONT_EXPLORER_URL": "https://explorer.example.com/base/"}
    assert load_settings(bundle=tmp_path, environ=elsewhere).explorer_origins == ("https://explorer.example.com",)


def test_who_is_offered_which_dashboard(tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    shutil.copytree(ROOT / "superset_assets", assets)
    found = read_embedded(assets)
    assert "media" in {item.slug for item in found.dashboards}
    offered = {name: {item.slug for item in found.of(name)} for name in ("admin", "ana", "victor", "tom", "elena")}
    assert "media" in offered["admin"] & offered["ana"] & offered["victor"]
    assert "media" not in offered["tom"] | offered["elena"]
    assert found.of("somebody of single sign-on") == found.dashboards, "Trino decides"
    file = assets / "dashboards" / "media.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("- explorer", "- https://a.example.com"), encoding="utf-8")
    assert "media" not in {item.slug for item in read_embedded(assets).dashboards}, "not in pages of the explorer"
