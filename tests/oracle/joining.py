"""Random conditions of joins: equalities of columns and expressions of every kind, inequalities."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tests.oracle.odd_columns import ODD_KINDS

Columns = Sequence[tuple[str, str]]

_SAME = {
    "text": ("{0} = {1}", "lower({0}) = lower({1})", "left({0}, 1) = {1}"),
    "numeric": ("{0} = {1}", "round({0}) = round({1})", "abs({0}) = {1}"),
    "bool": ("{0} = {1}",),
    "time": ("date({0}) = date({1})", "extract(month FROM {0}) = extract(month FROM {1})"),
    "int": ("{0} + 1 = {1}", "{0} = {1} % 3", "coalesce({0}, -1) = coalesce({1}, -1)",
            "{0}::text = {1}::text"),
    "enum": ("{0} = {1}", "{0}::text = {1}::text"),
    "char": ("{0} = {1}", "{0}::text = {1}"),
    "citext": ("{0} = {1}", "lower({0}) = {1}"),
    **dict.fromkeys(("span", "jsonb", "array", "bare", "zone"), ("{0} = {1}",)),
}  # fmt: skip


def equality(random: Random, left: Columns, right: Columns) -> str:
    """An equality of two columns, mostly integers."""
    both = [kind for kind in _SAME if of_kind(left, kind) and of_kind(right, kind)]
    odd = [kind for kind in both if kind in ODD_KINDS]
    both = odd if odd and random.random() < 0.5 else both
    kind = random.choice(both) if both and random.random() < 0.3 else ""
    ones, others = of_kind(left, kind), of_kind(right, kind)
    if ones and others:
        return random.choice(_SAME[kind]).format(random.choice(ones), random.choice(others))
    if random.random() < 0.04:
        return f"{random.choice(of_kind(left, 'int'))} = {random.choice(of_kind(right, 'numeric'))}"
    return f"{random.choice(of_kind(left, 'int'))} = {random.choice(of_kind(right, 'int'))}"


def inequality(random: Random, left: Columns, right: Columns) -> str:
    """A condition that is no equality."""
    one, other = random.choice(of_kind(left, "int")), random.choice(of_kind(right, "int"))
    number = random.choice(of_kind(right, "numeric"))
    numbers = of_kind(left, "bare") or of_kind(left, "numeric")
    total = f"{random.choice(numbers)} + {number}"
    return random.choice(
        [f"{one} < {other} + 2", f"{one} <> {other}", f"{other} BETWEEN {one} AND {one} + 1",
         f"({one} = {other} OR {number} > 30)", f"{number} > 0", f"{one} IS NOT NULL",
         f"{one} IS DISTINCT FROM {other}", f"{total} > 0", f"abs({total}) < 30"]
    )  # fmt: skip


def condition(random: Random, left: Columns, right: Columns, *, is_full: bool) -> str:
    """What stands behind ON; a full join takes equalities alone."""
    if not is_full and random.random() < 0.05:
        return inequality(random, left, right)
    parts = [equality(random, left, right)]
    while random.random() < (0.4 if is_full else 0.25):
        parts.append(equality(random, left, right))
    if not is_full and random.random() < 0.25:
        parts.append(inequality(random, left, right))
    return " AND ".join(parts)


def of_kind(columns: Columns, kind: str) -> list[str]:
    """The columns of a kind."""
    return [name for name, its in columns if its == kind]
