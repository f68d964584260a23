"""Edits in policies: who may change what of the media, mistakes in a role that says so, and what a diff tells."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lakefront.errors import BadInputError
from lakefront.semantic import load_layer
from lakefront.semantic.policy.diff import Change, diff
from lakefront.semantic.policy.edits import Right, right_to
from lakefront.semantic.policy.explain import explain
from lakefront.semantic.policy.load import Loaded, load_policies
from lakefront.semantic.policy.model import EDITS
from lakefront.semantic.policy.side import Side
from tests.support.cli import ROOT

ANALYST = "edits: {media_assets: [title, tag, labels]}"
ACCESS = "policies/access.yml"


def _layer(folder: Path, old: str = "", new: str = "") -> Path:
    """Copy the reference bundle's semantic layer, with one thing said differently."""
    made = folder / "semantic_layer"
    shutil.copytree(ROOT / "semantic_layer", made)
    text = (made / ACCESS).read_text(encoding="utf-8")
    assert not old or text.count(old) == 1
    (made / ACCESS).write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return made


def _loaded(folder: Path, old: str = "", new: str = "") -> Loaded:
    layer = _layer(folder, old, new)
    return load_policies(layer, load_layer(layer))


def _rights(loaded: Loaded, user: str) -> dict[str, str | None]:
    """Return what a person may do, and of which rows."""
    found = {edit: right_to(loaded, user, edit) for edit in EDITS}
    return {
        edit: right.condition.sql("trino") if right.condition is not None else None
        for edit, right in found.items()
        if right is not None
    }


def test_people_may_what_their_roles_say(tmp_path: Path) -> None:
    loaded = _loaded(tmp_path)
    assert _rights(loaded, "ana") == dict.fromkeys(("title", "tag", "labels"))
    assert _rights(loaded, "dana") == dict.fromkeys(("add", "title", "tag", "labels"))
    assert _rights(loaded, "admin") == dict.fromkeys(EDITS)
    for nothing in ("victor", "tom", "elena", "olga", "explorer", "superset", "prometheus", "nobody"):
        assert _rights(loaded, nothing) == {}
    assert right_to(loaded, "lakefront", "delete") == Right()


def test_a_role_edits_the_rows_that_it_shows_itself(tmp_path: Path) -> None:
    rows = f"{ANALYST}\n    rows: {{media_assets: \"kind = 'image'\"}}"
    assert _rights(_loaded(tmp_path, ANALYST, rows), "ana") == dict.fromkeys(
        ("title", "tag", "labels"), "kind = 'image'"
    )


def test_groups_of_a_claim_give_their_edits(tmp_path: Path) -> None:
    loaded = _loaded(tmp_path)
    assert right_to(loaded, "somebody", "tag", groups=["analysts"]) == Right()
    assert right_to(loaded, "somebody", "delete", groups=["analysts"]) is None
    assert right_to(loaded, "ana", "tag", groups=[]) is None


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("edits: {media_asset: [tag]}", "no dataset 'media_asset'. Did you mean 'media_assets'?"),
        ("edits: {media_assets: [size]}", "size"),
        ("edits: {orders: [tag]}", "orders is not changed by hand"),
        ("edits: {media_contents: [tag]}", "media_contents is not changed by hand"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, new: str, says: str) -> None:
    with pytest.raises(BadInputError) as raised:
        _loaded(tmp_path, ANALYST, new)
    text = (tmp_path / "semantic_layer" / ACCESS).read_text(encoding="utf-8")
    line = text[: text.index(new)].count("\n") + 1
    assert f"{ACCESS}:{line}:" in str(raised.value)
    assert says in str(raised.value)
    assert raised.value.fix


def test_who_sees_none_of_it_edits_none_of_it(tmp_path: Path) -> None:
    text = "datasets: [option_ticks, daily_stats]"
    with pytest.raises(BadInputError, match="Trader may edit media_assets, and sees none of it") as raised:
        _loaded(tmp_path, text, f"{text}\n    edits: {{media_assets: [tag]}}")
    assert raised.value.code == "policy-edits"


def test_explain_says_what_may_be_changed_and_where_it_says_so(tmp_path: Path) -> None:
    loaded = _loaded(tmp_path)
    (line,) = [line for line in explain(loaded, "ana", "media.assets").lines if line.what == "edits"]
    assert (line.says, line.condition, line.role) == ("title, tag, labels", None, "Analyst")
    text = (tmp_path / "semantic_layer" / ACCESS).read_text(encoding="utf-8")
    assert f"{ACCESS}:{text[: text.index(ANALYST)].count(chr(10)) + 1}:" in line.where
    assert [line for line in explain(loaded, "victor", "media.assets").lines if line.what == "edits"] == []


def _edits(folder: Path, base: tuple[str, str], head: tuple[str, str]) -> list[Change]:
    """Return how what may be changed by hand differs between two ways to say one thing of the policies."""
    sides = [
        Side(_loaded(folder / name, *change), folder / name, "iceberg", name)
        for name, change in (("base", base), ("head", head))
    ]
    return [change for change in diff(*sides) if change.what.startswith("edit")]


def test_a_diff_tells_who_gains_and_who_loses_an_edit(tmp_path: Path) -> None:
    found = _edits(tmp_path, ("", ""), (ANALYST, "edits: {media_assets: [tag, labels, delete]}"))
    assert {(change.who, change.what, change.before, change.after, change.kind) for change in found} == {
        (("ana",), "edit: delete", "no", "all rows", "gain"),
        (("ana",), "edit: title", "all rows", "no", "loss"),
    }
    assert {change.tables for change in found} == {("media.assets",)}
    assert all(change.where and "access.yml:" in change.where for change in found)


def test_a_diff_tells_of_rows_that_another_role_showed_before(tmp_path: Path) -> None:
    """Ana sees all rows on both sides, as a Viewer; what she may change of them grows."""
    rows = f"{ANALYST}\n    rows: {{media_assets: \"kind = 'image'\"}}"
    found = _edits(tmp_path, (ANALYST, rows), ("", ""))
    assert {(change.who, change.before, change.after, change.kind) for change in found} == {
        (("ana",), "rows where kind = 'image'", "all rows", "gain")
    }
    assert {change.what for change in found} == {"edit: title", "edit: tag", "edit: labels"}


def test_a_diff_is_silent_where_another_role_gives_the_same(tmp_path: Path) -> None:
    everyone = "masks: {pii: null}\n    tables: [media.image_metadata]"
    found = _edits(tmp_path, ("", ""), (everyone, f"edits: {{media_assets: [tag]}}\n    {everyone}"))
    assert {who for change in found for who in change.who} == {"victor"}
