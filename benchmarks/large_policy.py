"""A large bundle of policies, always the same: 500 tables and 200 roles, each of which opens all of them.

Every table has personal data and a region. Roles differ in their masks; every fourth filters the tables of one
department by the region of the person, and every eighth person has a second role, so that cells are put together.
"""

from __future__ import annotations

from pathlib import Path

TABLES = 500
ROLES = 200
_MODELS = 25
_MASKS = ("null", "hash", "partial", "generalise", "show")


def write_policies(folder: Path) -> None:
    """Write `models/*.yml` and `policies/access.yml` below a folder."""
    for name in ("models", "policies"):
        (folder / name).mkdir(parents=True)
    for number in range(_MODELS):
        (folder / "models" / f"m{number:02d}.yml").write_text(_model(number), encoding="utf-8")
    (folder / "policies" / "access.yml").write_text(_policy(), encoding="utf-8")


def _model(number: int) -> str:
    return "\n".join(
        [
            "version: 1",
            f"name: department_{number}",
            f"description: What department {number} knows.",
            f"owner: department-{number}@example.com",
            "datasets:",
            *(line for table in range(TABLES // _MODELS) for line in _dataset(number, table)),
            "",
        ]
    )


def _dataset(model: int, number: int) -> list[str]:
    return [
        f"  - name: people_{model}_{number}",
        f"    source: department_{model}.people_{number}",
        "    description: One row a person.",
        "    primary_key: [person_id]",
        "    columns:",
        "      - {name: person_id, type: bigint, description: Her number.}",
        "      - {name: full_name, type: varchar, description: Her name., sensitivity: pii}",
        "      - {name: email, type: varchar, description: Her address., sensitivity: pii}",
        "      - {name: birth_date, type: date, description: Her date of birth., sensitivity: pii}",
        "      - {name: region, type: varchar, description: Where she lives., sensitivity: public}",
        '      - {name: amount, type: "decimal(12,2)", description: What she paid in USD.}',
        "      - {name: updated_at, type: timestamp(6), description: When it was written.}",
    ]


def _policy() -> str:
    lines = ["version: 1", "name: access", "description: Who may see what.", "owner: data-protection@example.com"]
    lines += ["roles:"]
    for number in range(ROLES):
        lines += [
            f"  - name: Role{number}",
            f"    description: Does what role {number} does.",
            '    datasets: ["*"]',
            f"    masks: {{pii: {_MASKS[number % len(_MASKS)]}}}",
            "    because: It is a benchmark.",
        ]
        if number % 4 == 0:
            model = number % _MODELS
            lines += ["    rows:"]
            lines += [f"      people_{model}_{table}: region IN ({{region}})" for table in range(TABLES // _MODELS)]
    lines += ["users:"]
    for number in range(ROLES):
        roles = [f"Role{number}", *([f"Role{(number + 1) % ROLES}"] if number % 8 == 0 else [])]
        known = ", attributes: {region: [EU]}" if number % 4 == 0 else ""
        lines += [f"  - {{name: person{number}, roles: [{', '.join(roles)}]{known}}}"]
    lines += ["services:", "  - {name: lakefront, description: Loads tables., does: maintain}"]
    return "\n".join([*lines, ""])
