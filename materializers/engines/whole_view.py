"""A view as a whole at one cut, read by whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from cdc.contract.cut import Cut
from materializers.view import ViewSchema


@dataclass(frozen=True, slots=True)
class WholeView:
    """`batches` streams the rows as of `cut`, out of a transaction that `close` ends; repeating
    `close` does nothing. It raises StateError where they cannot be read to the end. `types`: the
    columns as Arrow has them."""

    cut: Cut
    schema: ViewSchema
    types: pa.Schema
    batches: Iterator[pa.RecordBatch]
    close: Callable[[], None]
