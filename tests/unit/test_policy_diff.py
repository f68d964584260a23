"""`policy diff` misses no gain of anybody, and says nothing where everybody sees the same."""

from __future__ import annotations

import copy
import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakefront.errors import BadInputError
from lakefront.semantic import load_layer
from lakefront.semantic.policy.compare import compare
from lakefront.semantic.policy.diff import Change, diff
from lakefront.semantic.policy.implies import form_of, implies
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.policy.rows import parse_condition
from lakefront.semantic.policy.side import Side
from tests.support.access_model import CONDITIONS, RANKS, ROW, ROWS, cells
from tests.support.cli import ROOT, lakefront

POLICED = ROOT / "tests" / "data" / "policed"
PEOPLE = ["ana", "ben", "cleo"]
_COLUMNS = {"id": ("number", "internal"), "region": ("text", "public"), "email": ("text", "pii")}
_TYPES = {"number": "bigint", "text": "varchar"}
_SHOP: dict[str, dict[str, Any]] = {
    "customers": {"table": "shop.customers", "columns": _COLUMNS | {"note": ("text", "internal")}},
    "orders": {"table": "shop.orders", "columns": _COLUMNS | {"amount": ("number", "internal")}},
}
_SECRETS: dict[str, Any] = {"table": "shop.secrets", "columns": _COLUMNS}
_PHYSICAL: dict[str, list[str]] = {item["table"]: [*item["columns"]] for item in (*_SHOP.values(), _SECRETS)}
_POLICY = {"version": 1, "name": "p", "description": "P.", "owner": "o"}

_rows = st.dictionaries(st.sampled_from(["customers", "orders"]), st.sampled_from(sorted(CONDITIONS)))
_masks = st.dictionaries(st.sampled_from(["pii", "internal"]), st.sampled_from(sorted(RANKS)))
_granted = st.sampled_from([[], ["customers"], ["orders"], ["customers", "orders"], ["*"], ["model:shop"]])
_column_masks = st.dictionaries(
    st.sampled_from(["customers.email", "orders.email"]), st.sampled_from(["hash", "show", "null", "partial"])
)
_tables = st.sampled_from([[], [], [], ["shop.orders"], ["shop.*"], ["other.things"]])
_roles = st.sampled_from([["Role0"], ["Role1"], ["Role2"], ["Role0", "Role1"]])
_regions = st.sampled_from([{}, {"region": ["EU"]}, {"region": ["US"]}, {"region": ["EU", "US"]}])


@st.composite
def _policies(draw: st.DrawFn) -> dict[str, Any]:
    roles = [
        {
            "name": f"Role{number}",
            "description": "Drawn.",
            "datasets": draw(_granted),
            "masks": draw(_masks),
            "columns": draw(_column_masks),
            "rows": draw(_rows),
            "tables": draw(_tables),
            "inherits": draw(st.sampled_from([[], [], [f"Role{number - 1}"]])) if number else [],
            "admin": draw(st.sampled_from([False] * 9 + [True])),
        }
        for number in range(3)
    ]
    # Asks for the attribute whatever is drawn, so that people may have it.
    roles.append({"name": "Asks", "description": "Nobody has it.", "datasets": ["orders"]})
    roles[-1]["rows"] = {"orders": "region IN ({region})"}
    members = st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True)
    return {
        **_POLICY,
        "roles": roles,
        "groups": [
            {"name": f"g{number}", "roles": draw(_roles), "members": draw(members), "attributes": draw(_regions)}
            for number in range(2)
        ],
        "users": [{"name": name, "roles": draw(_roles), "attributes": draw(_regions)} for name in draw(members)],
    }


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Draw a state and one that a few edits make of it: policies and models of both."""
    policy, other = draw(_policies()), draw(_policies())
    shop = copy.deepcopy(_SHOP)
    edited, later = copy.deepcopy(policy), copy.deepcopy(shop)
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["role", "groups", "users", "sensitivity", "column", "dataset"]))
        if kind == "role":
            number = draw(st.integers(0, 2))
            key = draw(st.sampled_from(["datasets", "masks", "columns", "rows", "tables", "inherits", "admin"]))
            edited["roles"][number][key] = other["roles"][number][key]
        elif kind in ("groups", "users"):
            edited[kind] = other[kind]
        elif kind == "sensitivity":
            later["customers"]["columns"]["note"] = ("text", draw(st.sampled_from(["pii", "internal", "public"])))
        elif kind == "column":
            draw(st.sampled_from([shop, later]))["orders"]["columns"].pop("amount", None)
        else:
            draw(st.sampled_from([shop, later]))["secrets"] = _SECRETS
    return policy, edited, shop, later


def _side(policy: Mapping[str, Any], datasets: Mapping[str, Any], *, claimed: bool = False) -> Side:
    model = {
        **(_POLICY | {"name": "shop"}),
        "datasets": [
            {
                "name": name,
                "source": item["table"],
                "description": "D.",
                "primary_key": ["id"],
                "columns": [
                    {"name": column, "type": _TYPES[kind], "description": "C.", "sensitivity": sensitivity}
                    for column, (kind, sensitivity) in item["columns"].items()
                ],
            }
            for name, item in datasets.items()
        ],
    }
    written = copy.deepcopy(dict(policy))
    if claimed:
        written["members_from"] = {"claim": "groups"}
        for group in written["groups"]:
            group.pop("members")
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("models/shop.yml", model), ("policies/access.yml", written)):
            file = Path(folder, name)
            file.parent.mkdir()
            file.write_text(json.dumps(data), encoding="utf-8")
        side = Side(load_policies(Path(folder), load_layer(Path(folder))), Path(folder), "iceberg")
        # Models are looked up again for the lines of a change: they must outlive their folder.
        side.__dict__["described_at"] = lambda *_: "models/shop.yml:1"
        return side


def _told(changes: list[Change], names: set[str], table: str, column: str) -> bool:
    for change in changes:
        if not change.gain or not names & set(change.who):
            continue
        if change.what in ("admin", "attribute"):
            return True
        if any(item in (table, "shop.*") for item in change.tables) and (
            change.what in ("table", "rows") or column in change.columns
        ):
            return True
    return False


def _require_all_gains_told(
    changes: list[Change], before: dict[Any, int], after: dict[Any, int], names: set[str]
) -> None:
    for (table, number, column), rank in after.items():
        seen = before.get((table, number, ROW)) is not None
        if not seen or rank > before.get((table, number, column), 0):
            missed = f"{names} gain {column or 'the row'} of {table}, row {number}: {changes}"
            assert _told(changes, names, table, column), missed


@settings(max_examples=60)
@given(_pairs())
def test_no_edit_shows_anybody_more_without_being_told(
    pair: tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]],
) -> None:
    policy, edited, shop, later = pair
    changes = diff(_side(policy, shop), _side(edited, later))
    for user in PEOPLE:
        _require_all_gains_told(
            changes, cells(policy, shop, _PHYSICAL, user), cells(edited, later, _PHYSICAL, user), {user}
        )


@settings(max_examples=60)
@given(_pairs(), st.sets(st.sampled_from(["g0", "g1"])))
def test_nor_where_a_claim_says_who_is_in_a_group(
    pair: tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]], groups: set[str]
) -> None:
    policy, edited, shop, later = pair
    changes = diff(_side(policy, shop, claimed=True), _side(edited, later, claimed=True))
    for user in PEOPLE:
        before, after = cells(policy, shop, _PHYSICAL, user, groups), cells(edited, later, _PHYSICAL, user, groups)
        _require_all_gains_told(changes, before, after, {user, *(f"group {name}" for name in groups)})


@settings(max_examples=60)
@given(_pairs())
def test_what_one_way_gains_the_other_way_loses(
    pair: tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]],
) -> None:
    policy, edited, shop, later = pair
    there, back = (_side(policy, shop), _side(edited, later)), (_side(edited, later), _side(policy, shop))
    gains = {(c.who, c.what, c.tables, c.columns, c.before, c.after) for c in _one_by_one(diff(*there)) if c.gain}
    losses = {(c.who, c.what, c.tables, c.columns, c.after, c.before) for c in _one_by_one(diff(*back)) if c.loss}
    assert gains == losses


def _one_by_one(changes: list[Change]) -> list[Change]:
    return [
        Change((who,), c.what, (table,), (column,), c.before, c.after, c.gain, c.loss, None)
        for c in changes
        for who in c.who
        for table in c.tables or ("",)
        for column in c.columns or ("",)
    ]


@settings(max_examples=60)
@given(_policies(), st.randoms(use_true_random=False))
def test_order_and_names_of_roles_are_no_change(policy: dict[str, Any], random: Any) -> None:
    same = copy.deepcopy(policy)
    for kind in ("roles", "groups", "users"):
        random.shuffle(same[kind])
    for role in same["roles"]:
        random.shuffle(role["datasets"])
        role["rows"] = dict(reversed(role["rows"].items()))
    renamed = json.loads(json.dumps(same).replace('"Role1"', '"Renamed"').replace('"Asks"', '"Wants"'))
    assert diff(_side(policy, _SHOP), _side(renamed, _SHOP)) == []


_atoms = st.sampled_from([f"({text})" for text in sorted(CONDITIONS)])
_conditions = st.recursive(
    _atoms, lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda t: f"({' '.join(t)})")
)


@settings(max_examples=300)
@given(_conditions, _conditions, _regions)
def test_what_is_proven_narrower_is_narrower(narrow: str, wide: str, known: dict[str, list[str]]) -> None:
    if implies(form_of(parse_condition(narrow)), form_of(parse_condition(wide))):
        assert all(_holds(wide, row, known) for row in ROWS if _holds(narrow, row, known))


def _holds(condition: str, row: Mapping[str, Any], known: dict[str, list[str]]) -> bool:
    text = condition
    for number, atom in sorted(enumerate(CONDITIONS), key=lambda item: -len(item[1])):
        text = text.replace(f"({atom})", f"a{number}")
    meanings: list[Callable[..., bool]] = list(CONDITIONS.values())
    values = {f"a{number}": meaning(row, known) for number, meaning in enumerate(meanings)}
    return bool(eval(text.lower(), {"__builtins__": {}}, values))  # noqa: S307 - our own conditions


@pytest.mark.parametrize(
    ("narrow", "wide", "proven"),
    [
        ("region = 'EU'", "region IN ('EU', 'US')", True),
        ("region IN ('EU', 'US')", "region = 'EU' OR region = 'US'", True),
        ("region IN ({region})", "region IN ({region}, 'US')", True),
        ("region IN ({region})", "region IN ('EU')", False),
        ("region = 'eu'", "region = 'EU'", False),
        ("id < 1 AND (id = 1 OR region = 'EU')", "id = 1 OR id < 2 AND region = 'EU'", True),
        ("id <= 4", "id < 5", False),
        ("id < 9007199254740993", "id < 9007199254740992", False),
        ("day > DATE '2026-02-01'", "day >= DATE '2026-01-01'", True),
        ("NOT id = 1", "id <> 1", False),
        ("FALSE", "id = 1", True),
        ("id = 1", "TRUE", True),
        ("TRUE", "id = 1", False),
    ],
)
def test_what_can_be_proven(narrow: str, wide: str, *, proven: bool) -> None:
    assert implies(form_of(parse_condition(narrow)), form_of(parse_condition(wide))) is proven


ACCESS = (POLICED / "semantic_layer" / "policies" / "access.yml").read_text(encoding="utf-8")
SHOP = (POLICED / "semantic_layer" / "models" / "shop.yml").read_text(encoding="utf-8")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle in a subfolder of a repository, with one commit."""
    bundle = tmp_path / "data" / "lake"
    for name, text in (("policies/access.yml", ACCESS), ("models/shop.yml", SHOP)):
        file = bundle / "semantic_layer" / name
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    (bundle / "lakefront.toml").write_text('[bundle]\nname = "b"\n', encoding="utf-8")
    _git(tmp_path, "init", "--quiet", "--initial-branch=main")
    _commit(tmp_path)
    return bundle


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def _commit(folder: Path) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--allow-empty", "--message", "A commit")


def _edit(bundle: Path, old: str, new: str, name: str = "policies/access.yml") -> None:
    file = bundle / "semantic_layer" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def _diff(bundle: Path, revisions: str = "HEAD") -> list[Change]:
    return compare(bundle, revisions, catalog="iceberg")


def _line(change: Change) -> str:
    kind = "gain and loss" if change.gain and change.loss else change.kind
    what = ", ".join(change.columns) or change.what
    where = (change.where or "").replace("data/lake/semantic_layer/", "")
    whose = f"{kind} of {', '.join(change.who)}: {', '.join(change.tables)} {what}"
    return f"{whose}: {change.before} -> {change.after} ({where})"


_NOTE = "description: Region.}\n      - {name: note, type: varchar, description: Note.}"
_ACCESS, _SHOP_MODEL = "policies/access.yml", "models/shop.yml"
_AS_IT_IS = "as it is, past filters and masks"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            _ACCESS, "customers.phone: partial", "customers.phone: show",
            "gain of ana: shop.customers phone: partial -> show (policies/access.yml:17)",
        ),
        (
            _ACCESS, "customers.credit: generalise", "customers.credit: 'null'",
            "loss of ana: shop.customers credit: generalise -> null (policies/access.yml:19)",
        ),
        (
            _ACCESS, "mia, roles: [Manager], attributes: {region: [EU]}",
            "mia, roles: [Manager], attributes: {region: [EU, US]}",
            "gain of mia: rollups.by_region, shop.customers, shop.orders rows: "
            "rows where region IN ('EU') -> rows where region IN ('EU', 'US') (policies/access.yml:43)",
        ),
        (
            _ACCESS, "      customers: region IN ({region})\n", "",
            "gain of lost: shop.customers rows: rows where FALSE -> all rows (policies/access.yml:26 of HEAD)",
        ),
        (
            _ACCESS, "customers: region IN ({region})", "customers: credit > 0",
            "gain and loss of mia: shop.customers rows: "
            "rows where region IN ('EU') -> rows where credit > 0 (policies/access.yml:26)",
        ),
        (
            _ACCESS, "members: [ana]", "members: [ana, vic]",
            "gain of vic: shop.customers email, full_name: null -> hash (policies/access.yml:41)",
        ),
        (
            _ACCESS, "tables: [shop.invoked]", "tables: [shop.invoked, 'tpch.tiny.*']",
            f"gain of mixed, vic: tpch.tiny.* table: closed -> {_AS_IT_IS} (policies/access.yml:9)",
        ),
        (
            _ACCESS, "tables: [shop.invoked]", "tables: [shop.invoked, iceberg.shop.customers]",
            f"gain of vic: shop.customers table: all rows; full_name, email, phone, birth_date: null; "
            f"the other columns as they are -> {_AS_IT_IS} (policies/access.yml:9)",
        ),
        (
            _ACCESS, "lost, roles: [Manager]", "lost, roles: [Admin]",
            "gain of lost:  admin: no -> sees and may change everything (policies/access.yml:45)",
        ),
        (
            _ACCESS, "does: impersonate", "does: maintain",
            "gain and loss of service superset:  service: impersonate: asks as anybody -> "
            "maintain: reads and writes all tables (policies/access.yml:49)",
        ),
        (
            _SHOP_MODEL, "description: Region.}", _NOTE,
            "gain of ana, mia, mixed, petra, vic: shop.customers note: not described -> show (models/shop.yml:17)",
        ),
        (
            _SHOP_MODEL, "description: Phone., sensitivity: pii", "description: Phone.",
            "gain of vic: shop.customers phone: null -> show (models/shop.yml:14)",
        ),
        (
            _SHOP_MODEL, "source: shop.orders", "source: shop.all_orders",
            "gain of ana, mixed, vic: shop.all_orders table: "
            "closed -> all rows; all columns as they are (models/shop.yml:19)",
        ),
    ],
)  # fmt: skip
def test_each_edit_is_told_with_its_line(bundle: Path, file: str, old: str, new: str, told: str) -> None:
    _edit(bundle, old, new, file)
    lines = [_line(change) for change in _diff(bundle)]
    assert told in lines, "\n".join(lines)


def test_what_only_moves_is_no_change(bundle: Path) -> None:
    head, users = ACCESS[: ACCESS.index("roles:")], ACCESS[ACCESS.index("groups:") :]
    roles = ACCESS[ACCESS.index("roles:") : ACCESS.index("groups:")]
    folder = bundle / "semantic_layer" / "policies"
    (folder / "access.yml").write_text(head + "# Who is who.\n" + users, encoding="utf-8")
    (folder / "roles.yml").write_text(head.replace("name: access", "name: roles") + roles, encoding="utf-8")
    assert _diff(bundle) == []


def test_a_commit_is_compared_with_another_or_with_the_files(bundle: Path) -> None:
    root = bundle.parents[1]
    _edit(bundle, "customers.phone: partial", "customers.phone: show")
    _commit(root)
    assert [item.columns for item in _diff(bundle, "HEAD~1..HEAD")] == [("phone",)]
    assert [item.columns for item in _diff(bundle, "HEAD~1")] == [("phone",)]
    assert _diff(bundle) == []
    _git(root, "checkout", "--quiet", "-b", "side", "HEAD~1")
    _commit(root)
    assert _diff(bundle, "main...side") == []
    assert [item.kind for item in _diff(bundle, "main..side")] == ["loss"]


def test_a_gain_fails_where_it_is_asked_to_and_a_loss_does_not(bundle: Path) -> None:
    _edit(bundle, "customers.phone: partial", "customers.phone: show")
    gain = lakefront("--bundle", str(bundle), "policy", "diff", "--fail-on-gain")
    assert gain.returncode == 1
    assert "1 gains (ana), 0 losses" in gain.stderr
    _edit(bundle, "customers.phone: show", "customers.phone: 'null'")
    assert lakefront("--bundle", str(bundle), "policy", "diff", "--fail-on-gain").returncode == 0


def test_a_comment_puts_gains_first_and_is_not_formatted_by_what_it_quotes(bundle: Path) -> None:
    _edit(bundle, "customers.phone: partial", "customers.phone: show")
    _edit(bundle, "      orders: region IN ({region})", "      orders: \"region = '<b>`@all|'\"")
    done = lakefront("--bundle", str(bundle), "policy", "diff", "--format", "markdown")
    lines = done.stdout.splitlines()
    assert lines[0] == "### Who may see what"
    assert lines.index("**Gains: 3**") < len(lines)
    assert "| **ana** | **shop.customers: phone** | partial | show | " in done.stdout
    assert "&lt;b&gt;\\`&#64;all\\|" in done.stdout
    assert "<b>" not in done.stdout


def test_without_policies_before_everything_is_new(bundle: Path) -> None:
    root = bundle.parents[1]
    policies = bundle / "semantic_layer" / "policies"
    aside = policies.rename(bundle / "aside")
    _commit(root)
    aside.rename(policies)
    found = _diff(bundle, "HEAD")
    assert {item.kind for item in found} == {"gain"}
    assert {"ana", "vic", "mia", "root"} <= {name for item in found for name in item.who}


def _broken_commit(bundle: Path) -> str:
    _edit(bundle, "does: maintain", "does: mantain")
    _commit(bundle.parents[1])
    _edit(bundle, "does: mantain", "does: maintain")
    return "HEAD"


def _linked(bundle: Path) -> str:
    (bundle / "semantic_layer" / "policies" / "more.yml").symlink_to("access.yml")
    _commit(bundle.parents[1])
    return "HEAD~1..HEAD"


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (_broken_commit, "HEAD:data/lake/semantic_layer/policies/access.yml:50:"),
        (_linked, "this is a link"),
        (lambda _: "nowhere..HEAD", "'nowhere': git knows no such commit"),
        (lambda _: "--output=x", "'--output=x': git knows no such commit"),
        (lambda _: "HEAD..--all", "'--all': git knows no such commit"),
    ],
)
def test_a_side_that_cannot_be_read_is_one_clear_error(bundle: Path, prepare: Callable[[Path], str], says: str) -> None:
    with pytest.raises(BadInputError) as raised:
        _diff(bundle, prepare(bundle))
    assert says in str(raised.value)


def test_outside_of_a_repository_there_is_nothing_to_compare(bundle: Path) -> None:
    (bundle.parents[1] / ".git").rename(bundle.parents[1] / "no-git")
    done = lakefront("--bundle", str(bundle), "policy", "diff", env={"GIT_CEILING_DIRECTORIES": str(bundle.parents[2])})
    assert done.returncode == 2
    assert "not-a-repository" in done.stderr
    assert "Traceback" not in done.stderr


def test_turning_the_wall_off_is_a_gain_of_everybody(bundle: Path) -> None:
    manifest = bundle / "lakefront.toml"
    manifest.write_text('[bundle]\nname = "b"\n[stack]\naccess = "policies"\n', encoding="utf-8")
    _commit(bundle.parents[1])
    manifest.write_text('[bundle]\nname = "b"\n[stack]\naccess = "open"\n', encoding="utf-8")
    (change,) = _diff(bundle)
    assert (change.kind, change.who, change.what) == ("gain", ("everybody",), "stack.access")
