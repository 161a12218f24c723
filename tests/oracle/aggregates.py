"""Random aggregate calls and grouping sets."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_FRACTIONS = ("0", "0.25", "0.5", "0.9", "1")


def plain_calls(random: Random, whole: str, number: str) -> list[str]:
    """Calls over an integer and a numeric, whatever its declaration, that need no order."""
    fixed = f"({number})::numeric(14,4)"
    nulls = random.choice(["", "DESC", "NULLS FIRST", "DESC NULLS LAST"])
    return [
        f"{random.choice(('variance', 'var_samp'))}({whole})",
        f"{random.choice(('stddev', 'stddev_samp'))}({fixed})",
        f"{random.choice(('var_pop', 'stddev_pop'))}({random.choice((whole, fixed))})",
        f"variance({fixed})",
        f"var_pop({whole})",
        f"bit_and({whole})",
        f"bit_or({whole})",
        f"bit_xor({whole})",
        f"count(DISTINCT {number})",
        f"sum(DISTINCT {whole})",
        f"sum(DISTINCT {number})",
        f"avg(DISTINCT {fixed})",
        f"array_agg(DISTINCT {whole} ORDER BY {whole} {nulls})",
        f"jsonb_agg(DISTINCT {whole})",
        f"string_agg(DISTINCT {whole}::text, ';')",
        f"any_value({whole} * 0)",
        "any_value(7)",
    ]


def ordered_sets(random: Random, values: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """Ordered-set calls over values of any kind with an order, and over numbers."""
    value, number = random.choice(values), random.choice(numbers)
    way, fraction = random.choice(["", " DESC"]), random.choice(_FRACTIONS)
    several = f"ARRAY[{random.choice(_FRACTIONS)}, {random.choice(_FRACTIONS)}]"
    return [
        f"percentile_cont({fraction}) WITHIN GROUP (ORDER BY {number}{way})",
        f"percentile_cont({several}) WITHIN GROUP (ORDER BY {number}{way})",
        f"percentile_disc({fraction}) WITHIN GROUP (ORDER BY {value}{way})",
        f"percentile_disc({several}) WITHIN GROUP (ORDER BY {number}{way})",
        f"mode() WITHIN GROUP (ORDER BY {value}{way})",
    ]


def collecting(random: Random, values: Sequence[str], whole: str, order: str) -> list[str]:
    """Calls that collect values in an order that leaves nothing open."""
    value, first = random.choice(values), random.choice(values)
    nulls = random.choice(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
    return [
        f"array_agg({value} ORDER BY {first}{nulls}, {order})",
        f"string_agg({whole}::text, '|' ORDER BY {first}{nulls}, {order})",
        f"jsonb_object_agg(coalesce({whole}::text, '-'), {first} ORDER BY {order})",
    ]


def grouping_sets(random: Random, groups: Sequence[str]) -> str:
    """A GROUP BY clause over at least one expression in which each of them is in some grouping."""
    listed = ", ".join(groups)
    choices = [f"ROLLUP({listed})", f"CUBE({listed})", f"GROUPING SETS (({listed}), ())"]
    if len(groups) > 1:
        first, rest = groups[0], ", ".join(groups[1:])
        choices += [
            f"{first}, ROLLUP({rest})",
            f"GROUPING SETS (({first}), ({rest}))",
            f"GROUPING SETS (ROLLUP({first}, {rest}), ({rest}))",
            f"ROLLUP(({listed}))",
        ]
    return random.choice(choices)
