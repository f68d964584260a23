"""How the explorer's login is configured, and whom a login stands for."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import Login, Settings, load_manifest, load_settings
from lakefront.errors import BadInputError, LakefrontError, NotAllowedError
from tests.support.cli import ROOT, environ

sys.path.insert(0, str(ROOT / "streamlit_app"))
login = importlib.import_module("login")

PROVIDER = "https://login.example.com/.well-known/openid-configuration"
TABLE = f'[env.prod.login]\nmetadata_url = "{PROVIDER}"\nclient_id = "lakefront"\n'
SECRETS = {
    "LAKEFRONT_S3_ACCESS_KEY": "given",
    "LAKEFRONT_S3_SECRET_KEY": "given",
    "LAKEFRONT_SUPERSET_SECRET_KEY": "given",
    "LAKEFRONT_SUPERSET_PASSWORD": "given",
    "LAKEFRONT_SIGNING_KEY": "the signing key",
    "LAKEFRONT_LOGIN_CLIENT_SECRET": "the client's secret",
}
EXPLORER = "https://media.example.com"
LOGIN = Login(PROVIDER, "lakefront", f"{EXPLORER}/oauth2callback", "preferred_username", 3600, "secret", "cookie")
NOW = 1_800_000_000.0


def _settings(folder: Path, table: str = TABLE, explorer: str = EXPLORER, **environ: str) -> Settings:
    env = f'[env.prod]\ntrino = "https://trino.example.com"\nexplorer = "{explorer}"\n'
    (folder / "lakefront.toml").write_text(f'[bundle]\nname = "mine"\n\n{env}\n{table}', encoding="utf-8")
    return load_settings(bundle=folder, env="prod", environ={**SECRETS, **environ})


def test_a_login_has_what_the_manifest_and_the_secrets_say(tmp_path: Path) -> None:
    found = _settings(tmp_path).login
    assert found is not None
    assert (found.metadata_url, found.client_id, found.claim) == (PROVIDER, "lakefront", "preferred_username")
    assert found.redirect_uri == "https://media.example.com/oauth2callback"
    assert found.client_secret == "the client's secret"
    assert found.seconds == 12 * 3600
    for secret in (found.client_secret, found.cookie_secret):
        assert secret not in repr(found)


def test_every_replica_has_the_same_cookie_secret_and_no_environment_has_anothers(tmp_path: Path) -> None:
    def secret(**environ: str) -> str:
        found = _settings(tmp_path, **environ).login
        assert found is not None
        return found.cookie_secret

    assert secret() == secret()
    assert secret() != secret(LAKEFRONT_SIGNING_KEY="another")
    assert "the signing key" not in secret()
    assert secret(LAKEFRONT_LOGIN_COOKIE_SECRET="c" * 32) == "c" * 32


def test_the_client_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n", encoding="utf-8")
    found = _settings(tmp_path, LAKEFRONT_LOGIN_CLIENT_SECRET="", LAKEFRONT_LOGIN_CLIENT_SECRET_FILE=str(file)).login
    assert found is not None
    assert found.client_secret == "from a file"


def test_no_table_is_no_login(tmp_path: Path) -> None:
    assert _settings(tmp_path, "").login is None
    assert login.secrets(None) == {}


@pytest.mark.parametrize(
    ("given", "code", "words", "fix"),
    [
        (
            {"LAKEFRONT_LOGIN_CLIENT_SECRET": ""},
            *("secret-missing", "looked at $LAKEFRONT_LOGIN_CLIENT_SECRET and $LAKEFRONT_LOGIN_CLIENT_SECRET_FILE"),
            "the client 'lakefront'",
        ),
        ({"LAKEFRONT_LOGIN_COOKIE_SECRET": "short"}, "login-cookie-secret", "could be guessed", "openssl rand -hex 32"),
        ({"explorer": "http://media.example.com"}, "login-redirect", "in the clear", 'redirect_uri = "https://'),
    ],
)
def test_what_cannot_work_is_told_at_once(
    tmp_path: Path, given: dict[str, str], code: str, words: str, fix: str
) -> None:
    with pytest.raises(LakefrontError) as caught:
        _ = _settings(tmp_path, **given).login
    assert caught.value.code == code
    assert words in caught.value.what
    assert fix in caught.value.fix
    assert "short" not in caught.value.what.split()


@pytest.mark.parametrize(
    ("table", "place", "words", "fix"),
    [
        (TABLE + 'clame = "email"\n', ":11:1", "Did you mean 'claim'?", "redirect_uri"),
        (TABLE + 'client_secret = "x"\n', ":11:1", "'env.prod.login.client_secret' is not a setting", "client_id"),
        (TABLE.replace(PROVIDER, "http://login.example.com"), ":9:1", "does not have the form", "https://login"),
        (TABLE + 'redirect_uri = "https://media.example.com/"\n', ":11:1", "does not have the form", "oauth2callback"),
        (TABLE + "hours = 0\n", ":11:1", "'env.prod.login.hours' = 0", "hours = 12"),
        ("[env.prod.login]\n", ":8:1", "'env.prod.login.metadata_url' is missing", "metadata_url"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, table: str, place: str, words: str, fix: str) -> None:
    with pytest.raises(BadInputError) as caught:
        _settings(tmp_path, table)
    assert str(caught.value.where) == f"{tmp_path / 'lakefront.toml'}{place}"
    assert words in caught.value.what
    assert fix in caught.value.fix


def test_a_server_without_its_secret_says_so_and_ends(tmp_path: Path) -> None:
    _settings(tmp_path)
    variables = {name: value for name, value in SECRETS.items() if "LOGIN" not in name}
    variables |= {"LAKEFRONT_BUNDLE": str(tmp_path), "LAKEFRONT_ENV": "prod"}
    ended = subprocess.run(
        [sys.executable, "server.py"],
        cwd=ROOT / "streamlit_app",
        env=environ(variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == NotAllowedError.exit_code
    assert "LAKEFRONT_LOGIN_CLIENT_SECRET is not set" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nobody_is_let_in_without_a_login_but_in_a_local_stack() -> None:
    environments = load_manifest(ROOT / "lakefront.toml").env
    assert environments["local"].login is None
    assert all(environments[name].login for name in ("staging", "prod"))


def _claims(**changed: Any) -> dict[str, Any]:
    claims = {"is_logged_in": True, "iat": NOW - 60, "preferred_username": "ana", "email": "ana@example.com"}
    return {name: value for name, value in {**claims, **changed}.items() if value is not None}


def _name(claims: dict[str, Any], claim: str = "preferred_username") -> str:
    by = Login(PROVIDER, "lakefront", LOGIN.redirect_uri, claim, 3600, "secret", "cookie")
    return login.name_of(claims, by, {"lakefront", "explorer"}, NOW)


def test_a_person_goes_by_the_claim_that_is_configured() -> None:
    assert _name(_claims()) == "ana"
    assert _name(_claims(), "email") == "ana@example.com"
    assert _name(_claims(email_verified=True), "email") == "ana@example.com"
    assert _name(_claims(preferred_username="안나")) == "안나"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({}, "login-needed"),
        ({"is_logged_in": False, "preferred_username": "ana", "iat": NOW}, "login-needed"),
        (_claims(iat=NOW - 3600), "login-ended"),
        (_claims(iat=None), "login-ended"),
        (_claims(iat="now"), "login-ended"),
        (_claims(preferred_username=None), "login-no-name"),
        (_claims(preferred_username=""), "login-no-name"),
        (_claims(preferred_username=["ana"]), "login-no-name"),
        (_claims(preferred_username=True), "login-no-name"),
        (_claims(preferred_username="lakefront"), "login-bad-name"),
        (_claims(preferred_username="explorer"), "login-bad-name"),
        (_claims(preferred_username="lakefront "), "login-bad-name"),
        (_claims(preferred_username="ana\r\nX-Trino-User: admin"), "login-bad-name"),
        (_claims(preferred_username="a" * 257), "login-bad-name"),
    ],
)
def test_nobody_is_taken_for_another(claims: dict[str, Any], code: str) -> None:
    with pytest.raises(NotAllowedError) as caught:
        _name(claims)
    assert caught.value.code == code
    assert caught.value.fix


def test_an_address_that_nobody_has_verified_is_nobodys() -> None:
    for verified in (False, "false"):
        with pytest.raises(NotAllowedError, match="not verified"):
            _name(_claims(email_verified=verified), "email")


@pytest.mark.parametrize(
    ("told", "groups"),
    [
        (["analysts", "staff"], ("analysts", "staff")),
        ("analysts", ("analysts",)),
        (["analysts", 7, None], ("analysts",)),
        (None, ()),
        ({"analysts": True}, ()),
        (True, ()),
    ],
)
def test_groups_are_those_that_the_login_says(told: object, groups: tuple[str, ...]) -> None:
    assert login.groups_of({"roles": told}, "roles") == groups
    assert login.groups_of({}, "roles") == ()
    assert login.groups_of({"roles": told}, None) is None, "the policies list them themselves"
