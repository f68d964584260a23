"""Bad input at the command line: one clear error, a documented exit code, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import lakefront

NOWHERE = """
[bundle]
name = "x"
default_env = "far"
[env.far]
trino = "http://127.0.0.1:9"
objects = "http://127.0.0.1:9"
catalog = "http://127.0.0.1:9"
superset = "http://127.0.0.1:9"
explorer = "http://127.0.0.1:9"
"""
KEYS = {"LAKEFRONT_S3_ACCESS_KEY": "a", "LAKEFRONT_S3_SECRET_KEY": "b", "LAKEFRONT_SUPERSET_SECRET_KEY": "c" * 40}
KEYS |= {"LAKEFRONT_SUPERSET_PASSWORD": "d", "LAKEFRONT_SIGNING_KEY": "e" * 40}


@pytest.mark.parametrize(
    ("toml", "arguments", "code", "words"),
    [
        ("[bundle\n", ("status",), 2, "lakefront.toml:1:8"),
        ('[bundle]\nname="x"\n[stack.ports]\ntrino = 0\n', ("up",), 2, "lakefront.toml:4:1"),
        ('[bundle]\nname="x"\n', ("--env", "prd", "status"), 2, "there is no environment 'prd'"),
        ('[bundle]\nname="x"\n', ("up", "--only", "trno"), 2, "Did you mean 'trino'?"),
        ('[bundle]\nname="x"\n', ("logs", "supersett"), 2, "Did you mean 'superset'?"),
        ('[bundle]\nname="x"\n', ("stauts",), 2, "Did you mean 'status'?"),
        ('[bundle]\nname="x"\n', ("up", "--ports", "some"), 2, "'some' is not one of"),
        ('[bundle]\nname="x"\n', ("password",), 3, "secrets.json"),
        (NOWHERE, ("seed",), 3, "were not started here"),
        (NOWHERE, ("seed", "--yes"), 4, "Trino does not answer at http://127.0.0.1:9"),
        (NOWHERE, ("status",), 4, "127.0.0.1:9"),
        (NOWHERE, ("doctor",), 1, "Trino does not answer"),
    ],
)
def test_one_clear_error(tmp_path: Path, toml: str, arguments: tuple[str, ...], code: int, words: str) -> None:
    (tmp_path / "lakefront.toml").write_text(toml, encoding="utf-8")
    run = lakefront("--bundle", str(tmp_path), *arguments, env=KEYS if "127.0.0.1:9" in toml else None)
    text = run.stderr + run.stdout
    assert run.returncode == code, text
    assert words in text
    assert "Traceback" not in text


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    run = lakefront("up", "--only", "objects", "--ports", "auto", home=tmp_path / "file" / "home")
    assert run.returncode == 3, run.stderr
    assert "cannot be written" in run.stderr
    assert "--home DIR" in run.stderr
    assert "Traceback" not in run.stderr


def test_no_network_and_nothing_cached(tmp_path: Path) -> None:
    env = {
        "LAKEFRONT_CACHE": str(tmp_path / "cache"),
        "M2_REPO": str(tmp_path / "m2"),
        "LAKEFRONT_MAVEN_REPOSITORY": "http://127.0.0.1:9",
    }
    run = lakefront("up", "--only", "objects", "--ports", "auto", home=tmp_path / "home", env=env)
    lakefront("down", home=tmp_path / "home")
    assert run.returncode == 4, run.stderr
    assert "no connection to the repository" in run.stderr
    assert "HTTPS_PROXY" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "verb", [(), ("up",), ("down",), ("status",), ("logs",), ("doctor",), ("seed",), ("password",)]
)
def test_every_verb_has_help_with_an_example(verb: tuple[str, ...]) -> None:
    run = lakefront(*verb, "--help")
    assert run.returncode == 0
    assert "Example: lakefront" in run.stdout
