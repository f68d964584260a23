"""A large bundle of models, always the same: 300 files with a fact, a dimension, joins, a view and ten metrics each.

Each fact leads to its own dimension, to the one of the file before it and to five that all facts share, as in a
warehouse where departments have their own tables around common ones.
"""

from __future__ import annotations

from pathlib import Path

MODELS = 300
METRICS = 10 * MODELS
_SHARED = 5


def write_models(folder: Path) -> int:
    """Write `models/*.yml` below a folder; return how many bytes."""
    target = folder / "models"
    target.mkdir(parents=True)
    texts = {f"m{number:03d}.yml": _model(number) for number in range(MODELS)}
    for name, text in texts.items():
        (target / name).write_text(text, encoding="utf-8")
    return sum(len(text.encode()) for text in texts.values())


def _model(number: int) -> str:
    before = (number - 1) % MODELS
    # A file's own dimension may also be one of those that all share.
    joined = sorted({number, before, *range(_SHARED)})
    return "\n".join(
        [
            "version: 1",
            f"name: department_{number}",
            f"description: What department {number} sells, to whom, and what comes back.",
            f"owner: department-{number}@example.com",
            "datasets:",
            *_fact(number, joined),
            *_dimension(number),
            "relationships:",
            *(
                f"  - {{name: sale_{number}_item_{other}, from: sales_{number}, to: items_{other}, "
                f"from_columns: [item_{other}_id], to_columns: [item_id]}}"
                for other in joined
            ),
            "metrics:",
            *_metrics(number),
            "views:",
            f"  - name: view_{number}",
            f"    label: Sales of department {number}",
            "    description: One row a sale.",
            f"    root: sales_{number}",
            "    time: sold_on",
            f"    columns: [sales_{number}.sold_on, sales_{number}.status, items_{number}.category]",
            f"    metrics: [revenue_{number}, sale_count_{number}, average_{number}]",
            "",
        ]
    )


def _fact(number: int, joined: list[int]) -> list[str]:
    return [
        f"  - name: sales_{number}",
        f"    source: department_{number}.sales",
        "    description: One row a sale.",
        "    primary_key: [sale_id]",
        "    time: sold_on",
        "    columns:",
        "      - {name: sale_id, type: bigint, description: Its number.}",
        "      - {name: sold_on, type: date, description: Day of the sale., time: {grains: [day, week, month, year]}}",
        "      - {name: status, type: varchar, description: 'open, done or cancelled', sensitivity: public}",
        "      - {name: buyer_email, type: varchar, description: Who bought., sensitivity: pii}",
        '      - {name: amount, type: "decimal(12,2)", description: Price in USD., format: decimal}',
        '      - {name: fee, type: "decimal(12,2)", description: Fee in USD., format: decimal}',
        "      - name: total",
        '        type: "decimal(12,2)"',
        "        description: Price and fee in USD.",
        "        expression: amount + coalesce(fee, 0)",
        "      - name: is_large",
        "        type: boolean",
        "        description: Whether it is over 1,000 USD.",
        "        expression: case when amount > 1000 then true else false end",
        *(f"      - {{name: item_{other}_id, type: bigint, description: What was sold.}}" for other in joined),
        "    quality:",
        "      - {rule: unique, columns: [sale_id]}",
        "      - {rule: not_null, column: sold_on}",
        "      - {rule: accepted_values, column: status, values: [open, done, cancelled]}",
    ]


def _dimension(number: int) -> list[str]:
    return [
        f"  - name: items_{number}",
        f"    source: department_{number}.items",
        "    description: One row an item.",
        "    primary_key: [item_id]",
        "    columns:",
        "      - {name: item_id, type: bigint, description: Its number.}",
        "      - {name: category, type: varchar, description: Kind., synonyms: [sort, group]}",
        "      - {name: brand, type: varchar, description: Maker.}",
        '      - {name: price, type: "decimal(12,2)", description: List price in USD.}',
    ]


def _metrics(number: int) -> list[str]:
    def metric(name: str, **keys: str) -> list[str]:
        return [
            f"  - name: {name}_{number}",
            f"    label: {name.replace('_', ' ').capitalize()} of department {number}",
            f"    description: The {name.replace('_', ' ')} of department {number}, as its controller reports it.",
            f"    owner: controller-{number}@example.com",
            *(f"    {key}: {value}" for key, value in keys.items()),
        ]

    sales = f"sales_{number}"
    return [
        *metric("revenue", type="sum", dataset=sales, expression="amount", filter="status <> 'cancelled'", unit="USD"),
        *metric("gross", type="sum", dataset=sales, expression="total", unit="USD"),
        *metric("list_value", type="sum", dataset=sales, expression=f"amount * items_{number}.price", unit="USD"),
        *metric("sale_count", type="count", dataset=sales, expression='"*"'),
        *metric("buyers", type="count_distinct", dataset=sales, expression="buyer_email"),
        *metric("average", type="ratio", numerator=f"revenue_{number}", denominator=f"sale_count_{number}"),
        *metric("share", type="derived", expression=f"100 * revenue_{number} / gross_{number}"),
        *metric("running", type="cumulative", metric=f"revenue_{number}"),
        *metric("weekly", type="cumulative", metric=f"buyers_{number}", window="{count: 7, grain: day}"),
        *metric("growth", type="period_over_period", metric=f"revenue_{number}", offset="{count: 1, grain: year}"),
    ]
