"""Every recorded value of Debezium against our encoder: equal, or a deviation with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from cdc.contract.values import json_encoder

RECORDED = Path(__file__).parent / "debezium" / "recorded" / "values.jsonl"

# reason -> (type as declared, PostgreSQL's text) -> what we write instead, as JSON.
DEVIATIONS: dict[str, dict[tuple[str, str], str]] = {
    "Debezium pads a negative scale with 2,046 zeros": {
        ("numeric(3,-2)", "12300"): '"12300"',
        ("numeric(3,-2)", "0"): '"0"',
    },
    "Debezium's snapshot turns BC into AD": {
        ("date", "4713-01-01 BC"): '"-4712-01-01Z"',
        ("date", "0044-03-15 BC"): '"-0043-03-15Z"',
        ("date[]", '{"0044-03-15 BC"}'): '["-0043-03-15Z"]',
    },
    "Debezium turns infinity into some date": {
        ("date", "infinity"): '"infinity"',
        ("date", "-infinity"): '"-infinity"',
        ("date[]", "{infinity}"): '["infinity"]',
        ("timestamp", "infinity"): '"infinity"',
        ("timestamp", "-infinity"): '"-infinity"',
        ("timestamp[]", "{infinity}"): '["infinity"]',
    },
    "Debezium turns infinity into no time at all": {
        ("interval", "infinity"): '"infinity"',
        ("interval", "-infinity"): '"-infinity"',
    },
    "Debezium turns the end of the day into its beginning": {
        ("time", "24:00:00"): '"24:00:00Z"',
        ("timetz", "24:00:00+00"): '"24:00:00Z"',
        ("timetz", "24:00:00-15:59"): '"24:00:00-15:59"',
    },
    "Debezium drops the offset, or fails on it": {
        ("timetz", "12:30:00+02"): '"12:30:00+02:00"',
        ("timetz", "12:30:45.123456-05:30"): '"12:30:45.123456-05:30"',
        ("timetz", "12:30:45.5+05:45:10"): '"12:30:45.5+05:45:10"',
        ("timetz(3)", "12:30:45.12-08"): '"12:30:45.12-08:00"',
        ("timetz[]", "{12:30:00+02,NULL}"): '["12:30:00+02:00",null]',
    },
    "Debezium drops the length of a bit varying": {
        ("varbit", "1"): '"1"',
        ("varbit", "101"): '"101"',
        ("varbit", "1010101011110000"): '"1010101011110000"',
        ("varbit(20)", "10101010111"): '"10101010111"',
    },
    "Debezium garbles inner arrays and drops bounds": {
        ("integer[]", "{{1,2},{3,4}}"): '"{{1,2},{3,4}}"',
        ("integer[]", "[0:1]={1,2}"): '"[0:1]={1,2}"',
        ("text[]", "{{a,b},{c,NULL}}"): '"{{a,b},{c,NULL}}"',
        ("text[]", "[2:3]={a,b}"): '"[2:3]={a,b}"',
    },
    "Debezium makes the whole array null, or leaves the column out": {
        ("numeric[]", "{Infinity}"): '["POSITIVE_INFINITY"]',
        ("numeric[]", "{1.10,NULL,NaN}"): '["1.10",null,"NAN"]',
        ("bit(1)[]", "{1,0}"): "[true,false]",
        ("bit(3)[]", "{101,001}"): '["BQ==","AQ=="]',
        ("bit(3)[]", "{101,NULL}"): '["BQ==",null]',
        ("varbit[]", "{101,1}"): '["101","1"]',
        ("mood[]", '{sad,NULL,"it\'s \\"odd\\""}'): '["sad",null,"it\'s \\"odd\\""]',
        ("positive[]", "{1,2}"): "[1,2]",
        ("positive[]", "{1,NULL}"): "[1,null]",
        ("ltree[]", "{a.b,NULL}"): '["a.b",null]',
        ("interval[]", "{P1DT2H,NULL}"): '["P0Y0M1DT2H0M0S",null]',
        ("money[]", "{$1.10,NULL}"): '["1.10",null]',
        ("name[]", "{a,NULL}"): '["a",null]',
        ("point[]", '{"(1,2)",NULL}'): (
            '[{"x":1.0,"y":2.0,"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAABA","srid":null},null]'
        ),
        ("box[]", "{(3,4),(1,2);(7,8),(5,6)}"): '"{(3,4),(1,2);(7,8),(5,6)}"',
        ("box[]", "{(3,4),(1,2);NULL}"): '"{(3,4),(1,2);NULL}"',
        ("address[]", '{"(a,1)"}'): '["(a,1)"]',
        ("address[]", '{"(a,1)",NULL}'): '["(a,1)",null]',
        ("regclass[]", "{pg_class}"): '["pg_class"]',
    },
}
# Debezium writes these as the base64 of their text if at all; we write the text.
UNKNOWN_TO_DEBEZIUM = (
    "regclass", "address", "line", "lseg", "box", "path", "polygon", "circle", "int4multirange",
    "tsquery", "pg_lsn", "txid_snapshot", "jsonpath",
)  # fmt: skip
EXPECTED = {case: ours for cases in DEVIATIONS.values() for case, ours in cases.items()}


with RECORDED.open(encoding="utf-8") as lines:  # not splitlines: values hold U+2028
    CASES: list[dict[str, Any]] = [json.loads(line) for line in lines]


def written(case: dict[str, Any]) -> Any:
    encode = json_encoder(case["oid"], case["type_name"], case["typmod"])
    return json.loads(encode(case["text"].encode()))


def exact(value: Any) -> str:
    """Unlike `==`, this tells 1 from 1.0 and from true, and -0.0 from 0.0."""
    return json.dumps(value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['declared']} {case['text'][:30]}")
def test_value_is_as_debezium_writes_it(case: dict[str, Any]) -> None:
    ours, known = written(case), (case["declared"], case["text"])
    theirs = [exact(case[way]) if way in case else None for way in ("snapshot", "streamed")]
    if case["declared"] in UNKNOWN_TO_DEBEZIUM:
        assert exact(ours) == exact(case["text"]) and exact(ours) not in theirs
    elif known in EXPECTED:
        assert exact(ours) == exact(json.loads(EXPECTED[known]))
        assert theirs != [exact(ours)] * 2, "this is no deviation any more"
    else:
        assert theirs == [exact(ours)] * 2


def test_every_deviation_was_recorded() -> None:
    assert EXPECTED.keys() <= {(case["declared"], case["text"]) for case in CASES}
    assert set(UNKNOWN_TO_DEBEZIUM) <= {case["declared"] for case in CASES}
