"""Conditions that people write: what they say gets through, made anew; nothing else does."""

from __future__ import annotations

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from lakefront.errors import BadInputError
from lakefront.media.condition import BAD_CONDITION, ConditionError, condition_sql


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("width > 2*height and tag in ('user')", "width > 2 * height AND tag IN ('user')"),
        ("contains(labels, 'spring') OR NOT is_indexed", "CONTAINS(labels, 'spring') OR NOT is_indexed"),
        ("is_indexed", "is_indexed"),
        ("title LIKE '%호수%' -- what I meant", "title LIKE '%호수%'"),
        ("title = 'it''s; -- no comment'", "title = 'it''s; -- no comment'"),
        ("duration_seconds BETWEEN 1 AND 5.5", "duration_seconds BETWEEN 1 AND 5.5"),
        ("year(upload_time) = 2026", "YEAR(upload_time) = 2026"),
        ("upload_time >= current_date - interval '7' day", "upload_time >= CURRENT_DATE - INTERVAL '7' DAY"),
        ("exif['Model'] = 'H-100'", "ELEMENT_AT(exif, 'Model') = 'H-100'"),
        ("element_at(exif, 'Model') = 'H-100'", "ELEMENT_AT(exif, 'Model') = 'H-100'"),
        ("cardinality(labels) > 2", "CARDINALITY(labels) > 2"),
        ("(width IS NULL)", "(width IS NULL)"),
        ("starts_with(lower(title), 'lake')", "STARTS_WITH(LOWER(title), 'lake')"),
        ("true", "TRUE"),
    ],
)
def test_what_is_true_or_false_of_a_row_gets_through(text: str, sql: str) -> None:
    assert condition_sql(text) == sql


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "one expression"),
        (";", "one expression"),
        ("width > 1; DROP TABLE media.assets", "one expression"),
        ("width >", "cannot be read"),
        ("width > 1)", "cannot be read"),
        ("1 = 1 UNION SELECT secret FROM system.metadata.catalogs", "may not stand"),
        ("width > (SELECT max(width) FROM media.assets)", "may not stand"),
        ("EXISTS (SELECT 1)", "may not stand"),
        ("asset_id IN (SELECT asset_id FROM media.duplicates)", "may not stand|a query may not"),
        ("SELECT 1", "may not stand"),
        ("DELETE FROM media.assets", "may not stand"),
        ("assets.width > 1", "no column 'assets.width'"),
        ("media.assets.width > 1", "no column"),
        ("widht > 1", "Did you mean 'width'"),
        ("\"$path\" = 'x'", "no column"),
        ("current_user = 'admin'", "may not stand"),
        ("rand() > 0.5", "may not stand"),
        ("now() > upload_time", "may not stand"),
        ("any_match(labels, l -> l LIKE 'a%')", "may not stand"),
        ("json_extract_scalar(title, '$') = 'x'", "may not stand"),
        ("count(*) > 1", "may not stand"),
        ("regexp_like(title, '(a+)+$')", "may not stand"),
        ("row_number() OVER () = 1", "may not stand"),
        ("CASE WHEN width > 1 THEN true END", "may not stand"),
        ("width = ?", "may not stand"),
        ("width = :x", "may not stand"),
        ("title", "true or false of nothing"),
        ("width", "true or false of nothing"),
        ("'x'", "true or false of nothing"),
        ("width + 1", "true or false of nothing"),
        ("width > 1 AND title", "true or false of nothing"),
        ("NOT title", "true or false of nothing"),
        ("width > 1 " + "AND width > 1 " * 90, "too long|too many"),
        ("(" * 400 + "width > 1" + ")" * 400, "too many|cannot be read"),
        ("x" * 1001, "too long"),
    ],
)
def test_nothing_else_gets_through(text: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words) as raised:
        condition_sql(text)
    assert raised.value.code == BAD_CONDITION
    assert raised.value.fix


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("widht > 1", "widht"),
        ("tag = '호수' AND widht > 1", "widht"),
        ("width > 1 AND rand() > 0.5", "rand"),
        ("media.assets.width > 1", "media.assets.width"),
        ("width > 1)", ")"),
        ("width >", ">"),
        ("width > 1\n  AND kind = 'a')", ")"),
        ("width > 1 AND regexp_like(title, 'a')", "regexp_like(title, 'a'"),
    ],
)
def test_it_says_where_a_condition_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(ConditionError) as raised:
        condition_sql(text)
    assert raised.value.span is not None
    start, end = raised.value.span
    assert text[start:end] == wrong
    assert raised.value.what.startswith(f"letter {start + 1}: ")


PIECES = ("width", ">", "1", "AND", "OR", "(", ")", "'", ";", "--", "/*", "*/", "SELECT", "FROM", ",", "title")


def understood(text: str) -> str | None:
    try:
        return condition_sql(text)
    except BadInputError:
        return None


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_whatever_is_written_is_one_expression_or_refused(text: str) -> None:
    made = understood(text)
    if made is None:
        return
    (tree,) = sqlglot.parse(f"SELECT 1 FROM t WHERE a = 1 AND ({made})", dialect="trino")
    assert tree is not None
    assert len(list(tree.find_all(exp.Select))) == 1
    assert tree.find(exp.Union) is None
    assert condition_sql(made) == made
