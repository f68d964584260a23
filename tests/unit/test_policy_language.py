"""What a person sees who writes a policy wrongly: file, line, column, and the nearest valid name."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakefront.errors import BadInputError
from lakefront.semantic import SemanticLayer, load_layer
from lakefront.semantic.expression import ExpressionError
from lakefront.semantic.policy.check import check
from lakefront.semantic.policy.load import Loaded, PolicyError, load_policies, load_policy_files
from lakefront.semantic.policy.rows import bind, parse_condition
from tests.support.cli import ROOT, lakefront

BUNDLE = ROOT / "tests" / "data" / "policed" / "semantic_layer"
VALID = (BUNDLE / "policies" / "access.yml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def layer() -> SemanticLayer:
    return load_layer(BUNDLE)


def _load(text: str, folder: Path, layer: SemanticLayer) -> Loaded:
    file = folder / "access.yml"
    file.write_text(text, encoding="utf-8")
    return load_policy_files([file], layer)


#: The condition of a manager on customers, and who mia is.
_IN = "region IN ({region})\n      orders"
_MIA = "name: mia, roles: [Manager], attributes: {region: [EU]}"
_SELF = "datasets: [customers]\n    masks: {pii: hash}\n    rows:\n      customers: full_name"


# `^` marks the place that the error must name.
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 1", "version: ^2", "'version' = 2"),
        ("sql: true", "^sqll: true", "'sqll' is not known here. Did you mean 'sql'?"),
        ("pii: hash", "pii: ^hashed", "use"),
        ("masks: {pii: hash}", "masks: {pi: ^hash}", "'roles.masks.pi"),
        ("datasets: [customers, orders]", "datasets: [^custmers, orders]", "Did you mean 'customers'?"),
        ("datasets: [customers, orders]", 'datasets: [^"model:shpo"]', "no model 'shpo'. Did you mean 'shop'?"),
        ("customers.phone: partial", "^customers.fone: partial", "Did you mean 'phone'?"),
        ("customers.phone: partial", "^custmers.phone: partial", "no dataset 'custmers'. Did you mean 'customers'?"),
        ("customers.birth_date: generalise", "customers.birth_date: ^hash", "'hash' cannot be put on"),
        ("customers.phone: partial", "^customers.mailbox: partial", "computed"),
        ("customers: region IN", "^custmers: region IN", "no dataset 'custmers'"),
        ("customers: region IN", "customers: ^regin IN", "no column of customers 'regin'. Did you mean 'region'?"),
        (_IN, "'NOT region IN (^{region})'\n      orders", "would see more otherwise"),
        (_IN, "region <> ^{region}\n      orders", "would see more otherwise"),
        (_IN, "region IN (^{Re gion})\n      orders", "not the name of an attribute"),
        (_IN, "^region IN (:region)\n      orders", "write an attribute of the person"),
        (_IN, "^(region\n      orders", "not a valid SQL expression"),
        (_IN, "^max(region) = 'EU'\n      orders", "is an aggregate"),
        (_IN, "^region IN (SELECT 'EU')\n      orders", "a query may not stand inside"),
        (_IN, "^region IN ('EU', NULL)\n      orders", "a list with NULL in it"),
        ("roles: [Viewer]", "roles: [^Viewr]", "no role 'Viewr'. Did you mean 'Viewer'?"),
        ("description: Looks on.", "inherits: [^Viewer]\n    description: .", "inherits from itself"),
        ("description: Looks on.", "inherits: [^Viwer]\n    description: .", "Did you mean 'Viewer'?"),
        (_MIA, _MIA.replace("EU", "^7"), "7 is no value of a column of type varchar"),
        (
            _MIA,
            _MIA.replace("region:", "^rgion:"),
            "no condition asks for the attribute 'rgion'. Did you mean 'region'?",
        ),
        ("name: superset", "name: ^root", "'root' is already in use"),
        ("name: petra", "name: ^'pe,tra'", "it does not have the form"),
        ("does: maintain", "does: ^mantain", "'services.does' = 'mantain'"),
        ("services:\n", "members_from: {claim: groups}\nservices:\n", "not both"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, layer: SemanticLayer, old: str, new: str, says: str) -> None:
    assert old in VALID
    marked = VALID.replace(old, new, 1)
    at = marked.find("^")
    before = marked[:at] if at >= 0 else ""
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    with pytest.raises(BadInputError) as raised:
        _load(marked.replace("^", "", 1), tmp_path, layer)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'access.yml'}:{line}:{column}: "), message
    assert says in message
    assert raised.value.code.startswith("policy-")
    assert raised.value.fix


def test_all_mistakes_are_told_at_once(tmp_path: Path, layer: SemanticLayer) -> None:
    text = VALID.replace("roles: [Viewer]", "roles: [Viewr]").replace("region IN ({region})", "regin IN ({region})")
    with pytest.raises(PolicyError) as raised:
        _load(text, tmp_path, layer)
    assert [problem.where.line for problem in raised.value.problems if problem.where] == [26, 27, 40, 43, 44]


def test_a_bundle_without_policies_is_told(tmp_path: Path, layer: SemanticLayer) -> None:
    with pytest.raises(BadInputError, match="nobody may see anything"):
        load_policies(tmp_path, layer)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("region IN ({region})", "region IN ('EU', 'it''s')"),
        ("region = {region}", "region IN ('EU', 'it''s')"),
        ("region IN ({region}, 'US')", "region IN ('US', 'EU', 'it''s')"),
        ("region IN ({missing})", "FALSE"),
        ("region IN ({missing}, 'US')", "region IN ('US')"),
        ("region = {missing} OR full_name = current_user", "FALSE OR full_name = 'ana'"),
        ("upper(region) IN ({region})", "UPPER(region) IN ('EU', 'it''s')"),
        ("credit IN ({credit}) AND region <> '{region}'", "credit IN (10) AND region <> '{region}'"),
    ],
)
def test_what_is_known_of_a_person_becomes_typed_literals(layer: SemanticLayer, text: str, sql: str) -> None:
    known = {"region": ("EU", "it's"), "credit": (10,), "current user": ("ana",)}
    assert bind(text, layer.datasets["customers"], known).sql("trino") == sql


def test_an_attribute_cannot_break_out_of_its_literal(layer: SemanticLayer) -> None:
    made = bind("region IN ({region})", layer.datasets["customers"], {"region": ("') OR TRUE --",)})
    assert parse_condition(made.sql("trino")) == made


@pytest.mark.parametrize(
    "text", ["CASE WHEN region = {region} THEN FALSE ELSE TRUE END", "(region = {region}) = FALSE"]
)
def test_a_missing_attribute_can_never_show_more(text: str) -> None:
    with pytest.raises(ExpressionError, match="would see more otherwise"):
        parse_condition(text)


@pytest.mark.parametrize(
    ("old", "new", "code", "level"),
    [
        ("    because: Writes to them.\n", "", "policy-unmasked-pii", "error"),
        ("    because: Answers for it.\n", "", "policy-unmasked-pii", "error"),
        (_SELF, "datasets: [customers]\n    rows:\n      orders: region", "policy-no-effect", "error"),
        (_IN, "1 = 1\n      orders", "policy-contradiction", "error"),
        ("admin: true", "admin: true\n    masks: {pii: hash}", "policy-contradiction", "error"),
        ("      customers.birth_date: generalise\n", "", "policy-mask-type", "warning"),
        ("members: [ana]", "members: []", "policy-role-nobody-has", "warning"),
        ("members: [ana]", "members: []", "policy-empty-group", "warning"),
        ("version: 1", "version: 1", "policy-closed-rollup", "warning"),
        ("version: 1", "version: 1", "policy-unnamed-table", "warning"),
        ("version: 1", "version: 1", "policy-missing-attribute", "warning"),
    ],
)
def test_the_check_finds_what_is_hardly_meant(
    tmp_path: Path, layer: SemanticLayer, *, old: str, new: str, code: str, level: str
) -> None:
    assert old in VALID
    text = VALID.replace(old, new, 1)
    found = check(_load(text, tmp_path, layer))
    assert (code, level) in {(item.code, item.level.value) for item in found}
    assert all(item.fix and item.what for item in found)


def test_a_sound_policy_has_no_errors(tmp_path: Path, layer: SemanticLayer) -> None:
    assert [item for item in check(_load(VALID, tmp_path, layer)) if item.level == "error"] == []


def test_the_reference_policies_are_sound() -> None:
    done = lakefront("policy", "check")
    assert done.returncode == 0, done.stdout
    assert "0 errors, 0 warnings" in done.stderr


def test_an_error_ends_the_check_with_1(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    models = bundle / "semantic_layer" / "models"
    models.mkdir(parents=True)
    (bundle / "semantic_layer" / "policies").mkdir()
    (bundle / "lakefront.toml").write_text('[bundle]\nname = "b"\n', encoding="utf-8")
    (models / "shop.yml").write_text((BUNDLE / "models" / "shop.yml").read_text(encoding="utf-8"), encoding="utf-8")
    text = VALID.replace("    because: Writes to them.\n", "")
    (bundle / "semantic_layer" / "policies" / "access.yml").write_text(text, encoding="utf-8")
    done = lakefront("--bundle", str(bundle), "policy", "check")
    assert done.returncode == 1
    assert "shows personal data as they are: customers.full_name" in done.stdout
    assert "access.yml:24:5: the role Manager" in done.stdout
