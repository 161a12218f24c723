"""Rows as texts and plain values, also those that Python's own types do not hold."""

import duckdb

from rederive.sinks import JsonRows
from tests.contracts.view_rows import EVERYTHING, batch, everything, in_order, view

MOMENTS = view(
    "moments", ["id"], id="integer", day="date", moment="timestamp without time zone",
    zoned="timestamp with time zone",
)  # fmt: skip
ROWS = """
SELECT * FROM (VALUES
    (1, date '0044-03-15 (BC)', timestamp 'infinity', timestamptz '-infinity'),
    (2, date 'infinity', timestamp '294000-01-01', NULL),
    (3, date '-infinity', timestamp '0044-03-15 (BC) 10:00:00.5',
     timestamptz '0001-12-31 (BC) 23:00:00+00')) AS moments (id, day, moment, zoned)
"""


def test_what_python_has_no_type_for_is_text() -> None:
    with duckdb.connect() as connection:
        (found,) = connection.sql(ROWS).to_arrow_table().to_batches()
    texts = JsonRows(MOMENTS)
    assert list(texts.plain(found)) == [
        {"id": 1, "day": "0044-03-15 BC", "moment": "infinity", "zoned": "-infinity"},
        {"id": 2, "day": "infinity", "moment": "294000-01-01T00:00:00", "zoned": None},
        {
            "id": 3,
            "day": "-infinity",
            "moment": "0044-03-15T10:00:00.5 BC",
            "zoned": "0001-12-31T23:00:00+00:00 BC",
        },
    ]
    texts.close()


def test_arrays_hold_what_documents_hold() -> None:
    texts, rows = JsonRows(EVERYTHING), batch(EVERYTHING, [everything(1), everything(2, True)])
    plain = list(texts.plain(rows))
    assert [texts.of_array(text) for text in texts.arrays(rows)] == plain
    assert in_order(plain) != [] and plain[0]["c7"].startswith('a "quoted"')
    assert texts.keys(rows) == texts.keys(rows.select(["id"])) == ["1", "2"]
    texts.close()
