"""A view as a whole at one cut, read by whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from cdc.contract.cut import Cut
from materializers.view import ViewSchema


@dataclass(frozen=True, slots=True)
class WholeView:
    """`reader` streams the rows as of `cut`, out of a transaction that `close` ends; repeating
    `close` does nothing."""

    cut: Cut
    schema: ViewSchema
    reader: pa.RecordBatchReader
    close: Callable[[], None]
