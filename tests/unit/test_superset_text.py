"""The text of assets: it says exactly its data, it is always the same, and its lines are those that people diff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lakefront.semantic.source import parse_source
from lakefront.superset.text import dump, dump_for_superset, leading_comments, read_from_superset

# Texts in which YAML sees more than text: signs, words, numbers, breaks of lines that no editor shows.
_SIGNS = st.text(alphabet=" \n\t:#-'\"|>a1.é\r\x85\u2028\ufeff{}[]\\,&*!?%@`\U0001f600_eE+~=<", max_size=12)
_NUMBERS = st.from_regex(r"[-+]?[0-9_.:eExob]+", fullmatch=True)
_WORDS = st.sampled_from(["null", "~", "yes", "off", "True", "2026-01-01", "...", "---", "a" * 2000, "0x1f", "1:30"])
_TEXTS = st.one_of(st.text(), _SIGNS, _NUMBERS, _WORDS)
_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _TEXTS)
_DATA: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXTS, inner, max_size=4)),
    max_leaves=12,
)
_ASSETS = st.dictionaries(st.one_of(_TEXTS, st.sampled_from(["layout", "uuid", "params"])), _DATA, max_size=4)


def _same(one: Any, other: Any) -> bool:
    """Compare with types: 1, 1.0 and True are equal in Python."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


@given(_ASSETS)
def test_the_text_says_exactly_its_data(data: dict[str, Any]) -> None:
    text = dump(data)
    back = parse_source(text, Path("x.yaml")).data
    assert _same(back, data), text
    assert dump(back) == text
    assert text.endswith("\n")


@given(_ASSETS)
def test_superset_reads_what_is_sent_to_it(data: dict[str, Any]) -> None:
    assert _same(read_from_superset(dump_for_superset(data)), data)


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(_NUMBERS, _WORDS)))
def test_a_text_stays_one_for_the_older_yaml_of_other_tools(data: dict[str, str]) -> None:
    assert yaml.safe_load(dump(data)) == data


def test_keys_stand_in_the_order_of_their_kind_and_others_by_name() -> None:
    data = {"params": {"b": 1, "a": 2}, "zoom": 1, "slice_name": "S", "uuid": "u", "version": "1.0.0", "cache": 2}
    assert dump(data) == ("version: 1.0.0\nuuid: u\nslice_name: S\ncache: 2\nzoom: 1\nparams:\n  a: 2\n  b: 1\n")


def test_lists_are_indented_and_long_lines_are_not_wrapped() -> None:
    long = "word " * 100 + "end"
    data = {"description": long, "layout": [{"row": [{"width": 3, "chart": "a"}], "height": 5}], "owners": []}
    assert dump(data) == (
        f"description: {long}\nowners: []\nlayout:\n  - height: 5\n    row:\n      - chart: a\n        width: 3\n"
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("SELECT 1\n", "sql: |\n  SELECT 1\n"),
        ("SELECT 1\nFROM t", "sql: |-\n  SELECT 1\n  FROM t\n"),
        ("  a\n\n b\n\n", "sql: |2+\n    a\n\n   b\n\n"),
        ("a\r\nb", 'sql: "a\\r\\nb"\n'),
        ("no", "sql: 'no'\n"),
        ("it's: so", "sql: 'it''s: so'\n"),
        ("1.0.0", "sql: 1.0.0\n"),
        ("2026-11-01", "sql: '2026-11-01'\n"),
    ],
)
def test_texts_are_written_as_people_would(text: str, lines: str) -> None:
    assert dump({"sql": text}) == lines


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "\ud800", object(), {1: "a"}])
def test_what_yaml_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"YAML here has no|half a character|a key is a text"):
        dump({"a": value})


def test_comments_at_the_top_are_kept() -> None:
    text = "# why\n#  it is so\n\nversion: 1\n# not this one\n"
    head = leading_comments(text)
    assert head == "# why\n#  it is so\n\n"
    assert dump({"version": "1"}, head) == "# why\n#  it is so\n\nversion: '1'\n"
