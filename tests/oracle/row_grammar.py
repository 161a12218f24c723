"""Random expressions over the table of nasty values, of a few types, nested in each other.

Leaves are columns: of constants alone PostgreSQL works out the value, or the error, when it plans.
"""

from __future__ import annotations

import random
import re

DEPTH_MAX = 4

EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "i": ("i", "s", "b", "length({t})", "({i} + {i})", "({i} - {i})", "({i} * {i})", "({i} / {i})",
          "({i} % {i})", "abs({i})", "coalesce({i}, 0)", "case when {o} then {i} else {i} end",
          "greatest({i}, {i})", "least({i}, 7, {i})", "nullif({i}, {i})", "({n})::integer",
          "({f})::bigint", "cardinality({a})", "({a})[1]", "strpos({t}, {t})", "ascii({t})",
          "({i} & {i})", "(~{i})", "array_position({a}, ({i})::integer)",
          "num_nulls({i}, {t}, {n})", "({o})::integer", "extract(year from {d})::integer",
          "gcd({i}, {i})", "width_bucket({n}, 0, {n}, 5)", "({i} << 3)"),
    "n": ("n", "u", "({n} + {n})", "({n} - {n})", "({n} * {n})", "({n} / {n})", "({n} % {n})",
          "({n} + {i})", "({i} * {n})", "({n} / {i})", "({n} * 1.50)", "round({n}, 2)",
          "round({n})", "trunc({n}, 1)", "abs({n})", "floor({n})", "ceil({n})",
          "coalesce({n}, {i})", "coalesce({n}, {n})", "case when {o} then {n} else {i} end",
          "greatest({n}, {n}, {i})", "least({n}, 0.0)", "nullif({n}, {n})", "({i})::numeric",
          "({n})::numeric(20,2)", "({n})::numeric", "div({n}, {n})", "sign({n})", "(-{n})",
          "sqrt(abs({n}))", "({f})::numeric", "({t})::numeric"),
    "f": ("f", "r", "({f} + {f})", "({f} * {f})", "({f} - {f})", "({f} / {f})", "({n})::float8",
          "({i})::float8", "abs({f})", "floor({f})", "round({f})", "coalesce({f}, {i})",
          "greatest({f}, {i})", "case when {o} then {f} else {i} end", "sqrt(abs({f}))",
          "power({f}, 2)", "exp({f})", "ln(abs({f}))", "nullif({f}, {f})", "({n})::real",
          "({f})::real"),
    "t": ("t", "v", "c", "upper({t})", "lower({t})", "({t} || {t})", "({t} || {i})",
          "substring({t}, 2, 3)", "left({t}, 3)", "right({t}, 2)", "lpad({t}, 5, 'ab')",
          "repeat({t}, 2)", "reverse({t})", "replace({t}, 'a', {t})", "coalesce({t}, '')",
          "case when {o} then {t} else {t} end", "greatest({t}, {t})",
          "concat({t}, {i}, {n}, {o}, {f})", "concat_ws({t}, {t}, {i})", "({n})::text",
          "({f})::text", "({a})::text", "({o})::text", "({d})::text", "trim({t})",
          "initcap({t})", "split_part({t}, ',', 1)", "md5({t})", "translate({t}, 'abc', 'x')",
          "quote_literal({t})", "array_to_string({a}, ',', '*')", "({t})::char(4)",
          "({t})::varchar(3)", "nullif({t}, {t})", "format('%s|%L', {t}, {n})",
          "to_char({n}, 'FM999990.00')", "(jb ->> 'a')", "(at)[2]"),
    "o": ("o", "({i} > {i})", "({n} = {n})", "({n} < {i})", "({f} >= {f})", "({t} = {t})",
          "({t} < {t})", "({o} and {o})", "({o} or {o})", "(not {o})", "({i} is null)",
          "({n} is distinct from {n})", "({t} is not distinct from {t})", "({i} in (1, {i}, 7))",
          "({n} between {n} and {n})", "({t} like 'a%')", "(1 = any({a}))", "({i} <> all({a}))",
          "({o} is true)", "({o} is not false)", "starts_with({t}, 'a')", "({a} @> {a})",
          "({a} = {a})", "({d} < {d})", "({t} ~ '[a-c]')", "coalesce({o}, false)",
          "case when {o} then {o} end", "(({i}, {n}) < ({i}, {n}))", "({t} in ('abc', {t}))",
          "({n} in (0, 2.5, {n}))"),
    "a": ("ai", "array[({i})::integer, 2]", "({a} || {a})", "({a} || 5)", "array_remove({a}, 1)",
          "array_append({a}, 3)", "coalesce({a}, '{{1}}')", "({a})[1:2]",
          "case when {o} then {a} else {a} end", "array_replace({a}, 1, 2)"),
    "d": ("d", "({d} + 1)", "coalesce({d}, '2024-02-29')", "greatest({d}, {d})",
          "case when {o} then {d} else {d} end", "date_trunc('month', {d})::date"),
}  # fmt: skip
"""By type; `{i}` stands for any integer, and so on."""
_HOLE = re.compile(r"\{([a-z])\}")


def random_expression(choose: random.Random) -> str:
    """One of any type."""
    return _of(choose, choose.choice(list(EXPRESSIONS)), choose.randrange(1, DEPTH_MAX + 1))


def _of(choose: random.Random, kind: str, depth: int) -> str:
    listed = EXPRESSIONS[kind]
    leaves = [text for text in listed if not _HOLE.search(text)]
    text = choose.choice(leaves if depth == 0 or choose.random() < 0.15 else listed)
    return _HOLE.sub(lambda hole: _of(choose, hole[1], depth - 1), text).replace("{{", "{")
