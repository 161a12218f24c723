"""All rows of a view at one cut, for a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from cdc.contract.cut import Cut
from materializers.view import ViewSchema


@dataclass(frozen=True, slots=True)
class WholeView:
    """`batches`: streams the rows as of `cut`; raises StateError where they cannot be read to the
    end. `close`: ends the transaction; may be called more than once. `types`: the Arrow schema."""

    cut: Cut
    schema: ViewSchema
    types: pa.Schema
    batches: Iterator[pa.RecordBatch]
    close: Callable[[], None]
