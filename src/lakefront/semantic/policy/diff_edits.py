"""What changes in who may edit which rows by hand: also where all rows are seen on both sides, by another role."""

from __future__ import annotations

from collections.abc import Iterator

from lakefront.semantic.policy.diff_powers import Made_co, Maker
from lakefront.semantic.policy.edits import giving
from lakefront.semantic.policy.implies import either, implies
from lakefront.semantic.policy.model import EDITED_TABLE, EDITS
from lakefront.semantic.policy.resolve import Access, Standing
from lakefront.semantic.policy.side import Side
from lakefront.semantic.policy.told import rows_told


def edit_changes(
    base: Side, head: Side, who: str, standings: tuple[Standing | None, Standing | None], make: Maker[Made_co]
) -> Iterator[Made_co]:
    """Yield what a person, a group or a role may change by hand on one side only, or of other rows."""
    for edit in EDITS:
        before, after = (
            giving(side.tables, standing, edit) if standing else ()
            for side, standing in zip((base, head), standings, strict=True)
        )
        old, new = (either([glimpse.form for glimpse in glimpses]) for glimpses in (before, after))
        gain, loss = not implies(new, old), not implies(old, new)
        if not gain and not loss:
            continue
        texts = tuple(rows_told(Access(EDITED_TABLE, found)) if found else "no" for found in (before, after))
        side, glimpse = (head, after[0]) if after else (base, next(iter(before)))
        where = side.in_role(glimpse.role, "edits", glimpse.dataset)
        yield make((who,), f"edit: {edit}", (EDITED_TABLE,), (), texts[0], texts[1], gain, loss, where)
