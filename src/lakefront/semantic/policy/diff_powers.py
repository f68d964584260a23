"""What changes past roles: services, claims, attributes that a claim's groups bring, the wall itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from lakefront.semantic.policy.model import Group, Person, Value
from lakefront.semantic.policy.side import Side

Made_co = TypeVar("Made_co", covariant=True)
_EVERYBODY = "everybody"
_DOES = {
    "maintain": "maintain: reads and writes all tables",
    "impersonate": "impersonate: asks as anybody",
    "measure": "measure: reads Trino's figures",
}


class Maker(Protocol[Made_co]):
    """Makes a change of its fields."""

    def __call__(  # noqa: PLR0917 - as the fields of a change
        self,
        who: tuple[str, ...],
        what: str,
        tables: tuple[str, ...],
        columns: tuple[str, ...],
        before: str,
        after: str,
        gain: bool,
        loss: bool,
        where: str | None,
    ) -> Made_co: ...


def power_changes(base: Side, head: Side, make: Maker[Made_co]) -> Iterator[Made_co]:
    """Yield changes of services, of where members of groups come from, and of whether Trino obeys at all."""
    if base.access != head.access and base.access and head.access:
        gain = head.access == "open"
        yield make(
            (_EVERYBODY,), "stack.access", (), (), base.access, head.access, gain, not gain, "lakefront.toml"
        )  # fmt: skip
    old, new = base.policies.services, head.policies.services
    for name in sorted({*old, *new}):
        before, after = (_DOES[side[name].does] if name in side else "nothing" for side in (old, new))
        if before != after:
            where = (head if name in new else base).item_at("services", name)
            yield make((f"service {name}",), "service", (), (), before, after, name in new, name in old, where)
    if base.policies.claim != head.policies.claim:
        before, after = (
            f"the claim {side.policies.claim}" if side.policies.claim else "lists" for side in (base, head)
        )
        where = head.claim_at() or base.claim_at()
        yield make((_EVERYBODY,), "members of groups", (), (), f"from {before}", f"from {after}", True, True, where)
    if base.policies.claim or head.policies.claim:
        yield from _attributes(base, head, make)


def _attributes(base: Side, head: Side, make: Maker[Made_co]) -> Iterator[Made_co]:
    """Yield changed attributes: where a claim says who is in a group, they may meet conditions of any role."""
    kinds: tuple[tuple[str, str], ...] = (("groups", "group "), ("users", ""))
    for kind, prefix in kinds:
        old: Mapping[str, Group | Person] = getattr(base.policies, kind)
        new: Mapping[str, Group | Person] = getattr(head.policies, kind)
        for name in sorted({*old, *new}):
            before, after = _known(old.get(name)), _known(new.get(name))
            for attribute in sorted({*before, *after}):
                was, is_ = before.get(attribute, ()), after.get(attribute, ())
                # Without one of her own, a person has that of her groups.
                gain = not set(is_) <= set(was) or (kind == "users" and not is_)
                loss = not set(was) <= set(is_) or (kind == "users" and not was)
                if set(is_) != set(was):
                    where = head.attribute_at(prefix + name, [attribute]) if is_ else None
                    where = where or base.attribute_at(prefix + name, [attribute])
                    texts = (f"{attribute}: {_list(was)}", f"{attribute}: {_list(is_)}")
                    yield make((prefix + name,), "attribute", (), (), *texts, gain, loss, where)


def _known(owner: Group | Person | None) -> dict[str, tuple[Value, ...]]:
    return owner.attributes if owner else {}


def _list(values: tuple[Value, ...]) -> str:
    return f"[{', '.join(sorted(map(str, values)))}]"
