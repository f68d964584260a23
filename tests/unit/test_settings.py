"""Settings: what wins over what, where services are, and that secrets stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakefront.config import Settings, generate_secrets, load_settings, local_services
from lakefront.errors import BadInputError, NotAllowedError

TOML = """
[bundle]
name = "mine"

[env.local]

[env.dev]
trino = "https://trino.example.com/"
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "lakefront.toml").write_text(TOML, encoding="utf-8")
    return tmp_path


def settings(bundle: Path, env: str | None = None, **environ: str) -> Settings:
    return load_settings(bundle=bundle, env=env, environ=environ)


def test_a_service_is_where_the_environment_says(bundle: Path) -> None:
    dev = settings(bundle, "dev")
    assert dev.service("trino").url == "https://trino.example.com"
    assert dev.service("trino").external
    assert local_services(dev) == ["objects", "catalog", "superset", "explorer"]
    local = settings(bundle)
    assert local.service("trino").url == "http://127.0.0.1:9482"
    assert not local.service("trino").external


def test_a_variable_wins_over_the_manifest(bundle: Path) -> None:
    chosen = settings(bundle, "dev", LAKEFRONT_TRINO_URL="http://127.0.0.1:1234")
    assert chosen.service("trino").url == "http://127.0.0.1:1234"


def test_the_home_and_the_environment_can_be_named_by_variables(bundle: Path, tmp_path: Path) -> None:
    chosen = settings(bundle, LAKEFRONT_ENV="dev", LAKEFRONT_HOME=str(tmp_path / "other"))
    assert chosen.env_name == "dev"
    assert chosen.home.root == tmp_path / "other"
    assert settings(bundle).home.root == bundle / ".lakefront"


def test_an_unknown_environment_names_the_nearest(bundle: Path) -> None:
    with pytest.raises(BadInputError, match="Did you mean 'dev'"):
        settings(bundle, "devv")


def test_no_bundle_here_or_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInputError, match=r"there is no lakefront.toml in"):
        load_settings(environ={})


def test_a_bundle_above_is_found(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = bundle / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert load_settings(environ={}).bundle == bundle


def test_generated_secrets_are_kept_private_and_never_change(bundle: Path) -> None:
    chosen = settings(bundle)
    chosen.home.prepare()
    generate_secrets(chosen.home)
    first = chosen.home.secrets_file.read_text(encoding="utf-8")
    assert chosen.home.secrets_file.stat().st_mode & 0o777 == 0o600
    generate_secrets(chosen.home)
    assert chosen.home.secrets_file.read_text(encoding="utf-8") == first
    assert chosen.secrets.superset_password in first
    assert chosen.secrets.superset_password not in repr(chosen.secrets)
    assert chosen.secrets.s3_secret_key not in repr(chosen)


def test_a_missing_secret_names_every_place_looked_at(bundle: Path) -> None:
    with pytest.raises(NotAllowedError) as caught:
        _ = settings(bundle).secrets
    for place in ("$LAKEFRONT_S3_ACCESS_KEY", "$LAKEFRONT_S3_ACCESS_KEY_FILE", "secrets.json"):
        assert place in caught.value.what


def test_secrets_come_from_variables_and_files(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-a-file\n", encoding="utf-8")
    generate_secrets_for = settings(bundle)
    generate_secrets_for.home.prepare()
    generate_secrets(generate_secrets_for.home)
    chosen = settings(bundle, LAKEFRONT_S3_ACCESS_KEY="given", LAKEFRONT_S3_SECRET_KEY_FILE=str(file))
    assert chosen.secrets.s3_access_key == "given"
    assert chosen.secrets.s3_secret_key == "from-a-file"


def test_a_secret_file_that_is_not_there(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        _ = settings(bundle, LAKEFRONT_S3_ACCESS_KEY_FILE=str(tmp_path / "none")).secrets


def test_damaged_secrets_are_not_replaced(bundle: Path) -> None:
    chosen = settings(bundle)
    chosen.home.prepare()
    chosen.home.secrets_file.write_text("{", encoding="utf-8")
    with pytest.raises(BadInputError, match="cannot be read"):
        _ = chosen.secrets
    assert chosen.home.secrets_file.read_text(encoding="utf-8") == "{"
