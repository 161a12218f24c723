"""Aggregates of pairs of doubles (float8_regr_accum), by the method of Youngs and Cramer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from materializers.engines.rows.aggregates.answer import Aggregates, Answer, Lines
from materializers.engines.rows.failure import EvaluationError
from materializers.sql.types.aggregate_call import AggregateCall


@dataclass(slots=True)
class Moments:
    """Sums over `n` pairs: of the values (`x`, `y`), and of products of their deviations from the
    averages."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    def add(self, y: float, x: float) -> None:
        """Add a pair; raises EvaluationError where finite values become infinite."""
        before_x, before_y = self.x, self.y
        self.n, self.x, self.y = self.n + 1, self.x + x, self.y + y
        if self.n == 1:
            self._begin(y, x)
            return
        far_x, far_y = x * self.n - self.x, y * self.n - self.y
        scale = 1.0 / (self.n * (self.n - 1))
        self.xx += far_x * far_x * scale
        self.yy += far_y * far_y * scale
        self.xy += far_x * far_y * scale
        is_x, is_y = not _infinite(before_x, x), not _infinite(before_y, y)
        if (
            (is_x and _infinite(self.x, self.xx))
            or (is_y and _infinite(self.y, self.yy))
            or (is_x and is_y and _infinite(self.xy))
        ):
            raise EvaluationError("value out of range: overflow")
        self.xx, self.yy, self.xy = (_finite(each) for each in (self.xx, self.yy, self.xy))

    def _begin(self, y: float, x: float) -> None:
        if not math.isfinite(x):
            self.xx = self.xy = math.nan
        if not math.isfinite(y):
            self.yy = self.xy = math.nan


def _infinite(*values: float) -> bool:
    return any(map(math.isinf, values))


def _finite(value: float) -> float:
    return math.nan if math.isinf(value) else value


def _corr(m: Moments) -> float | None:
    if m.xx == 0 or m.yy == 0:
        return None
    result = m.xy / math.sqrt(m.xx) / math.sqrt(m.yy)
    return result if result != result else min(max(result, -1.0), 1.0)


def _r2(m: Moments) -> float | None:
    if m.xx == 0:
        return None
    return 1.0 if m.yy == 0 else (m.xy * m.xy) / (m.xx * m.yy)


_RESULTS: dict[str, Callable[[Moments], float | None]] = {
    "covar_pop": lambda m: m.xy / m.n,
    "covar_samp": lambda m: m.xy / (m.n - 1) if m.n > 1 else None,
    "corr": _corr,
    "regr_avgx": lambda m: m.x / m.n,
    "regr_avgy": lambda m: m.y / m.n,
    "regr_sxx": lambda m: m.xx,
    "regr_syy": lambda m: m.yy,
    "regr_sxy": lambda m: m.xy,
    "regr_slope": lambda m: None if m.xx == 0 else m.xy / m.xx,
    "regr_intercept": lambda m: None if m.xx == 0 else (m.y - m.x * m.xy / m.xx) / m.n,
    "regr_r2": _r2,
}


def _regression(call: AggregateCall) -> Answer:
    result = _RESULTS[call.name]

    def answer(lines: Lines) -> float | None:
        moments = Moments()
        for y, x in lines:
            if y is not None and x is not None:
                moments.add(y, x)
        return result(moments) if moments.n else None

    return answer


def _count(call: AggregateCall) -> Answer:
    return lambda lines: sum(None not in line for line in lines)


REGRESSIONS: Aggregates = {**dict.fromkeys(_RESULTS, _regression), "regr_count": _count}
