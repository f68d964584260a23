"""The documentation says what the code does: every setting, every variable, no stale page, no dead link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from lakefront.cli import reference
from lakefront.config.manifest import (
    AuditTable,
    BundleTable,
    EnvTable,
    GrafanaTable,
    LoginTable,
    LookTable,
    MemoryTable,
    PortsTable,
    SampleTable,
)
from tests.support.cli import ROOT

SETTINGS = (ROOT / "docs" / "reference" / "lakefront-toml.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


TABLES = (BundleTable, LookTable, PortsTable, MemoryTable, AuditTable, SampleTable, EnvTable, LoginTable, GrafanaTable)


@pytest.mark.parametrize("table", TABLES)
def test_every_setting_is_documented(table: type[BaseModel]) -> None:
    assert [name for name in table.model_fields if f"`{name}`" not in SETTINGS] == []


def test_every_variable_is_documented() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "lakefront" / "config").glob("*.py"))
    names = set(re.findall(r'"(LAKEFRONT_[A-Z0-9_]+[A-Z0-9])"', code))
    assert len(names) > 8
    assert [name for name in sorted(names) if f"`{name}`" not in SETTINGS] == []


def test_the_command_line_reference_is_fresh() -> None:
    assert reference.main([str(ROOT / "docs" / "reference" / "cli.md"), "--check"]) == 0


def test_a_stale_reference_is_found_and_rewritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "cli.md"
    page.write_text("old", encoding="utf-8")
    assert reference.main([str(page), "--check"]) == 1
    assert "make docs" in capsys.readouterr().err
    assert reference.main([str(page)]) == 0
    assert reference.main([str(page), "--check"]) == 0


def test_the_readme_is_short_and_shows_both_front_ends() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    for picture in ("docs/images/sales-overview.webp", "docs/images/gallery.webp"):
        assert picture in text


def _commands(text: str) -> list[str]:
    """Return what a page tells to type, without what it says of it."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    typed = re.findall(r"^\s*\$ (.*)$", "\n".join(blocks), re.MULTILINE)
    return [line.split(" #")[0].strip() for line in typed]


def test_the_readme_in_korean_says_what_the_readme_says() -> None:
    english, korean = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))
    commands = _commands(korean)
    assert len(commands) >= 6
    assert [command for command in commands if command not in _commands(english)] == []
    assert set(re.findall(r"!\[[^\]]*\]\(([^)]+)\)", korean)) == set(re.findall(r"!\[[^\]]*\]\(([^)]+)\)", english))
    inline = {code for code in re.findall(r"`([^`\n]+)`", korean) if code.startswith(("lakefront ", "make "))}
    assert {code for code in inline if code not in english} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    dead = [link for link in links if link and "://" not in link and not (page.parent / link).exists()]
    assert dead == []


def test_commands_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = {name for page in PAGES for name in re.findall(r"(?:`|\$ )make ([a-z-]+)", page.read_text(encoding="utf-8"))}
    assert used - targets == set()
