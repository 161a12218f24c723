"""Macros for wide numerics, which are stored as PostgreSQL's texts: keys that sort as the numbers
do, and exact sums of any size.

A sum's accumulators can be added to and subtracted from: three big integers for ranges of decimals
(most numbers need only the first), how many numbers have how many decimals, and how many are NaN or
infinite.
"""

from __future__ import annotations

PARTS = ((0, 20), (20, 60), (60, 16_383))
"""The range of decimals of each big integer; the first also has the digits before the point."""
COUNT_DIGITS = 12
"""Digits of one count in the big integer that counts the numbers for each number of decimals."""
SPECIAL_UNIT = 10**12
"""The weight of an infinity in the count of special values; of a NaN it is the square, of a
negative infinity one."""

_SPECIAL = "t IN ('NaN', 'Infinity', '-Infinity')"
_FRACTION = "split_part(t, '.', 2)"


def _part(start: int, end: int) -> str:
    """The decimals of t from `start` to `end` as an integer with the sign of t."""
    width = end - start
    sign = "CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END"
    digits = f"rpad(substring({_FRACTION}, {start + 1}, {width}), {width}, '0')"
    if start == 0:
        return f"CAST(split_part(t, '.', 1) || {digits} AS BIGNUM)"
    return (
        f"CASE WHEN length({_FRACTION}) > {start} THEN CAST({sign} || {digits} AS BIGNUM)"
        " ELSE CAST(0 AS BIGNUM) END"
    )


def _shifted(number: str, zeros: int) -> str:
    return f"CAST(CAST({number} AS VARCHAR) || repeat('0', {zeros}) AS BIGNUM)"


_ENDS = [end for _, end in PARTS]
_WHOLE = f"{_shifted('p1', _ENDS[1] - _ENDS[0])} + p2"
_ALL = f"{_shifted(f'({_WHOLE})', _ENDS[2] - _ENDS[1])} + p3"
_SHOWN = f"((length(CAST(c AS VARCHAR)) - 1) // {COUNT_DIGITS})"

WIDE_NUMERIC_MACROS = (
    # reads the envelope's text; NULL for an invalid one
    r"""CREATE OR REPLACE TEMP MACRO pg_numeric_read(t) AS CASE
    WHEN regexp_full_match(t, '-?(0|[1-9]\d*)(\.\d+)?') THEN t
    WHEN t = 'NAN' THEN 'NaN' WHEN t = 'POSITIVE_INFINITY' THEN 'Infinity'
    WHEN t = 'NEGATIVE_INFINITY' THEN '-Infinity' END""",
    # without trailing zeros after the point
    "CREATE OR REPLACE TEMP MACRO pg_numeric_trim(t) AS"
    " CASE WHEN contains(t, '.') THEN rtrim(rtrim(t, '0'), '.') ELSE t END",
    # a narrow numeric; an error if it does not have all digits of the text
    "CREATE OR REPLACE TEMP MACRO pg_exactly(d, t) AS CASE WHEN d IS NULL"
    " OR pg_numeric_trim(CAST(d AS VARCHAR)) = pg_numeric_trim(t) THEN d"
    " ELSE error('so many decimals are not supported here: round()') END",
    # The sort key: the number of digits before the point, then all digits; for a negative number
    # each digit's complement to 9, and a character after them that is greater than all digits
    "CREATE OR REPLACE TEMP MACRO pg_numeric_size(t) AS"
    " lpad(CAST(length(split_part(t, '.', 1)) AS VARCHAR), 6, '0') || pg_numeric_trim(t)",
    "CREATE OR REPLACE TEMP MACRO pg_numeric_key(t) AS CASE"
    " WHEN starts_with(t, '-') THEN CASE WHEN t = '-Infinity' THEN '0' ELSE"
    "   '1' || translate(pg_numeric_size(t[2:]), '0123456789', '9876543210') || ':' END"
    " WHEN t = 'Infinity' THEN '3' WHEN t = 'NaN' THEN '4'"
    " ELSE '2' || pg_numeric_size(t) END",
    # a number's accumulators; zeros for NULL
    *(
        f"CREATE OR REPLACE TEMP MACRO pg_sum_part{place}(t) AS CASE WHEN t IS NULL OR {_SPECIAL}"
        f" THEN CAST(0 AS BIGNUM) ELSE {_part(*part)} END"
        for place, part in enumerate(PARTS, 1)
    ),
    f"CREATE OR REPLACE TEMP MACRO pg_sum_scale(t) AS CASE WHEN t IS NULL OR {_SPECIAL}"
    f" THEN CAST(0 AS BIGNUM)"
    f" ELSE CAST('1' || repeat('0', {COUNT_DIGITS} * length({_FRACTION})) AS BIGNUM) END",
    f"CREATE OR REPLACE TEMP MACRO pg_sum_special(t) AS CAST(CASE t WHEN 'NaN' THEN"
    f" CAST({SPECIAL_UNIT**2} AS HUGEINT) WHEN 'Infinity' THEN {SPECIAL_UNIT}"
    f" WHEN '-Infinity' THEN 1 ELSE 0 END AS HUGEINT)",
    # a big integer times the weight w
    "CREATE OR REPLACE TEMP MACRO pg_big_times(b, w) AS CASE w WHEN 1 THEN b WHEN -1 THEN -b"
    " ELSE CASE WHEN w < 0 THEN -list_reduce(list_resize([b], -w, b), lambda x, y: x + y)"
    " WHEN w > 0 THEN list_reduce(list_resize([b], w, b), lambda x, y: x + y)"
    " ELSE CAST(0 AS BIGNUM) END END",
    # the unsigned digits u with a point before the last n of them, of which k are shown
    "CREATE OR REPLACE TEMP MACRO pg_pointed(u, n, k) AS CASE WHEN length(u) > n"
    " THEN left(u, length(u) - n) ELSE '0' END || CASE WHEN k > 0"
    " THEN '.' || left(CASE WHEN length(u) < n THEN lpad(u, n, '0') ELSE right(u, n) END, k)"
    " ELSE '' END",
    "CREATE OR REPLACE TEMP MACRO pg_big_decimal(d, n, k) AS CASE WHEN starts_with(d, '-')"
    " THEN '-' ELSE '' END || pg_pointed(ltrim(d, '-'), n, k)",
    # the sum's text from its accumulators; NULL where nothing was added
    f"""CREATE OR REPLACE TEMP MACRO pg_numeric_sum(p1, p2, p3, c, s) AS CASE
    WHEN s <> 0 THEN CASE
      WHEN s >= {SPECIAL_UNIT**2} OR (s >= {SPECIAL_UNIT} AND s % {SPECIAL_UNIT} > 0) THEN 'NaN'
      WHEN s >= {SPECIAL_UNIT} THEN 'Infinity' ELSE '-Infinity' END
    WHEN c = 0 THEN NULL
    WHEN {_SHOWN} > {_ENDS[1]}
      THEN pg_big_decimal(CAST({_ALL} AS VARCHAR), {_ENDS[2]}, {_SHOWN})
    WHEN {_SHOWN} > {_ENDS[0]}
      THEN pg_big_decimal(CAST({_WHOLE} AS VARCHAR), {_ENDS[1]}, {_SHOWN})
    ELSE pg_big_decimal(CAST(p1 AS VARCHAR), {_ENDS[0]}, {_SHOWN}) END""",
)
