"""Which rollups give a person the numbers that she would get from the datasets themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lakefront.semantic.policy.model import Mask, Policies
from lakefront.semantic.policy.resolve import Access, Standing, access, standing
from lakefront.semantic.policy.tables import Tables
from lakefront.semantic.rollup.layout import Layout


def same_for(
    layouts: Iterable[Layout], tables: Tables, policies: Policies, user: str, groups: Sequence[str] | None = None
) -> tuple[list[Layout], list[str]]:
    """Return the rollups that may answer a person, and what is to be said of the others.

    A rollup is made of all rows, so it answers her where she sees all that it is made of, or where its own filter
    leaves out the very rows that are left out of its dataset. Who is in no policy gets none.
    """
    who = standing(policies, user, groups)
    kept: list[Layout] = []
    notes: list[str] = []
    for layout in layouts:
        if who is not None and _same(layout, tables, who):
            kept.append(layout)
        else:
            notes.append(f"the rollup {layout.rollup.name} is not used: {user} does not see all that it is made of")
    return kept, notes


def _same(layout: Layout, tables: Tables, who: Standing) -> bool:
    if any(tables.roles[name].admin for name in who.roles):
        return True
    stored_in = tables.tables[layout.rollup.target]
    source = layout.fact.dataset.source
    stored = access(tables, stored_in, who)
    seen = access(tables, tables.tables[source], who) if source else None
    if stored is None or seen is None:
        return False
    # A column that is masked, or comes from a table that is closed or filtered, is never shown as it is in a rollup.
    if any(stored.mask(column) != [(None, Mask.SHOW)] for column in stored_in.types):
        return False
    if stored.all_rows and seen.all_rows:
        return True
    # A dataset over the rollup's own table may have a filter of its own, which need not be that of its source.
    return not stored_in.datasets and _roles(stored) == _roles(seen)


def _roles(found: Access) -> set[str]:
    return {glimpse.role for glimpse in found.glimpses}
