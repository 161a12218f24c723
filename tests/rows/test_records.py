"""Records as capture writes them are read as PostgreSQL's values."""

import orjson
import pytest

from cdc.contract.values import json_encoder
from materializers.engines.rows.failure import EvaluationError, Unsupported
from materializers.engines.rows.records import Records
from materializers.engines.rows.type_io import input_of
from materializers.sql.types.sql_type import from_column

TEXTS = [
    ("smallint", 21, ["-3", "32767"]),
    ("integer", 23, ["0", "-2147483648"]),
    ("bigint", 20, ["9223372036854775807"]),
    ("oid", 26, ["4294967295"]),
    ("numeric", 1700, ["1.50", "NaN", "Infinity", "-Infinity", "0.00000000000000000001"]),
    ("double precision", 701, ["0.1", "NaN", "-Infinity", "1e+300", "3"]),
    ("real", 700, ["0.1", "NaN", "Infinity", "16777216"]),
    ("boolean", 16, ["t", "f"]),
    ("text", 25, ["", 'a "word"', "ü\n"]),
    ("character varying", 1043, ["x"]),
    ("uuid", 2950, ["00000000-0000-0000-0000-000000000001"]),
    ("bytea", 17, ["\\x00ff"]),
    (
        "date",
        1082,
        ["2024-02-29", "infinity", "0044-03-15 BC", "0001-03-15 BC", "12024-01-01"],
    ),
    ("time without time zone", 1083, ["01:02:03.5", "24:00:00"]),
    ("timestamp without time zone", 1114, ["2024-02-29 01:02:03.000001", "0044-03-15 01:00:00 BC"]),
    (
        "timestamp with time zone",
        1184,
        ["2024-02-29 01:02:03.5+00", "0044-03-15 01:00:00+00 BC"],
    ),
    ("interval", 1186, ["P1Y2M3DT4H5M6.7S", "P-1M", "PT0S"]),
    ("jsonb", 3802, ['{"a": [1, 2.50]}']),
    ("money", 790, ["$1,234.50"]),
    ("integer[]", 1007, ["{1,NULL,3}", "{}"]),
    ("numeric[]", 1231, ["{1.50,NULL}"]),
    ("text[]", 1009, ['{a,"b c",NULL}']),
]


@pytest.mark.parametrize("name", ["v", 'a "quoted" \\ name\n'])
@pytest.mark.parametrize(("kind", "oid", "texts"), TEXTS, ids=str)
def test_a_value_is_read_as_it_was_written(
    kind: str, oid: int, texts: list[str], name: str
) -> None:
    read = Records([("id", from_column("integer")), (name, from_column(kind))], ["id"])
    member = orjson.dumps(name)
    for text in texts:
        value = json_encoder(oid, kind)(text.encode())
        record = b'{"before":null,"after":{"id":1,"w":0,%b:%b},"op":"c"}' % (member, value)
        expected = input_of(from_column(kind))(text)
        ((key, row),) = read.read([b'{"id":1}'], [record])
        assert key == (1,) and repr(row) == repr((1, expected))


def test_keys_nulls_and_deletes_are_read() -> None:
    kinds = [("a", from_column("integer")), ("b", from_column("text"))]
    read = Records(kinds, ["b", "a"])
    key = orjson.dumps({"b": "x", "a": 1})
    gone = b'{"before":null,"after":null,"op":"d"}'
    there = b'{"after":{"a":1,"b":"x"},"op":"u"}'
    found = read.read([key] * 3, [there, gone, None])
    assert found == [(("x", 1), (1, "x")), (("x", 1), None), (("x", 1), None)]
    assert read.row(b'{"after":{"a":1,"b":null}}') == (1, None)


def test_what_does_not_fit_is_an_error() -> None:
    read = Records([("id", from_column("integer"))], ["id"])
    with pytest.raises(EvaluationError):
        read.row(b'{"after":{"id":"many"}}')
    with pytest.raises(Unsupported):
        Records([("id", from_column("bit"))], ["id"])
