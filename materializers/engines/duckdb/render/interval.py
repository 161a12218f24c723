"""Renders functions of intervals. DuckDB too stores months, days and microseconds separately."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply

_FIELDS = {
    "year": "{m} // 12",
    "month": "{m} % 12",
    "day": "{d}",
    "hour": "{u} // 3600000000",
    "minute": "{u} // 60000000 % 60",
    "microseconds": "{u} % 60000000",
    "decade": "{m} // 120",
    "century": "{m} // 1200",
    "millennium": "{m} // 12000",
    "epoch": "CAST((CAST({m} // 12 AS HUGEINT) * 31557600 + CAST({m} % 12 AS HUGEINT) * 2592000"
    " + {d} * 86400) * 1000000 + {u} AS DECIMAL(24,0)) * CAST(0.000001 AS DECIMAL(6,6))",
}
_MONTHS = {
    "month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000,
}  # fmt: skip
_MICROS = {
    "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "milliseconds": 1_000,
    "microseconds": 1,
}  # fmt: skip


def _pieces(node: Apply) -> dict[str, str]:
    """Months, days and microseconds."""
    interval = words_of(node.arguments[0])
    return {
        "m": f"pg_months({interval})",
        "d": f"CAST(date_part('day', {interval}) AS BIGINT)",
        "u": f"pg_micros({interval})",
    }


def extracted_from_interval(node: Apply) -> str:
    """`extract(field FROM interval)`."""
    field, pieces, scale = str(node.options[0]), _pieces(node), node.type.scale
    if field in _FIELDS:
        sql = _FIELDS[field].format(**pieces)
    else:
        whole = f"CAST({pieces['u']} % 60000000 AS DECIMAL(18,0))"
        sql = f"{whole} * CAST({10**-scale:.{scale}f} AS DECIMAL({scale},{scale}))"
    return f"CAST({sql} AS {stored_type(node.type)})"


def part_of_interval(node: Apply) -> str:
    """`date_part(field, interval)`, which adds doubles."""
    field, pieces = str(node.options[0]), _pieces(node)
    if field != "epoch":
        return double_of_micros(field, pieces["u"])
    seconds = f"CAST({pieces['u']} AS DOUBLE) / 1000000"
    years, months = (f"{pieces['m']} {sign} 12" for sign in ("//", "%"))
    return f"({seconds} + 31557600.0::DOUBLE * ({years}) + 2592000.0::DOUBLE * ({months})" + (
        f" + 86400.0::DOUBLE * {pieces['d']})"
    )


def double_of_micros(field: str, micros: str) -> str:
    """Seconds or milliseconds of a number of microseconds, added as PostgreSQL does."""
    if field == "epoch":
        return f"(CAST({micros} AS DOUBLE) / 1000000)"
    times, over = (1, 1_000_000) if field == "second" else (1000, 1000)
    whole = f"CAST({micros} % 60000000 // 1000000 AS DOUBLE) * {times}"
    return f"({whole} + CAST({micros} % 1000000 AS DOUBLE) / {over})"


def truncated_interval(node: Apply) -> str:
    """`date_trunc(unit, interval)`."""
    unit = str(node.options[0])
    months, days, micros = _pieces(node).values()
    if unit in _MONTHS:
        return f"pg_make_interval({months} // {_MONTHS[unit]} * {_MONTHS[unit]}, 0, 0)"
    if unit == "day":
        return f"pg_make_interval({months}, {days}, 0)"
    micros = f"{micros} // {_MICROS[unit]} * {_MICROS[unit]}"
    return f"pg_make_interval({months}, {days}, {micros})"


def _justify_days(node: Apply) -> str:
    return f"pg_justify_days({', '.join(_pieces(node).values())})"


def _justify(node: Apply) -> str:
    with_months = "true" if node.name == "justify_interval" else "false"
    return f"pg_justify({', '.join(_pieces(node).values())}, {with_months})"


_MAKE = (
    "pg_make_interval({0} * 12 + {1}, {2} * 7 + {3},"
    " CAST({4} AS BIGINT) * 3600000000 + CAST({5} AS BIGINT) * 60000000"
    " + CAST(round_even({6} * 1000000, 0) AS BIGINT))"
)

INTERVAL_WORDS: Renderings = {
    "microseconds": "pg_micros({0})",
    "justify_hours": _justify,
    "justify_days": _justify_days,
    "justify_interval": _justify,
    "make_interval": _MAKE,
    "age": "pg_age({0}, {1})",
}
