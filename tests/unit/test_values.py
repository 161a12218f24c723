"""Encoders of single values, against text as PostgreSQL would print it."""

import json
import math
from base64 import b64decode
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdc.contract.values import SESSION_SETTINGS, identity, json_encoder
from cdc.errors import ContractError

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
INTEGERS = st.integers(-(2**63), 2**63 - 1)


def encoded(type_oid: int, type_name: str, text: str, typmod: int = -1) -> object:
    value: object = json.loads(json_encoder(type_oid, type_name, typmod)(text.encode()))
    return value


@pytest.mark.parametrize("oid", [20, 21, 23, 26])
def test_integers_need_no_call(oid: int) -> None:
    assert json_encoder(oid, "an integer") is identity


@given(INTEGERS)
def test_integers_come_back(number: int) -> None:
    assert encoded(20, "bigint", str(number)) == number
    assert encoded(1016, "bigint[]", f"{{{number},NULL}}") == [number, None]


@given(st.floats())
def test_floats_come_back_with_their_sign(number: float) -> None:
    words = {math.inf: "Infinity", -math.inf: "-Infinity"}
    text = "NaN" if math.isnan(number) else words.get(number, repr(number).removesuffix(".0"))
    found = encoded(701, "double precision", text)
    if math.isfinite(number):
        assert isinstance(found, float) and found == number
        assert math.copysign(1, found) == math.copysign(1, number)
    else:
        assert found == text


@given(TEXTS)
def test_texts_come_back(text: str) -> None:
    assert encoded(25, "text", text) == text
    assert encoded(99999, "mood", text) == text, "a type that nobody knows is text"


@given(st.lists(st.none() | TEXTS))
def test_arrays_come_back(elements: list[str | None]) -> None:
    assert encoded(1009, "text[]", array_text(elements)) == elements


@given(st.dictionaries(TEXTS, st.none() | TEXTS))
def test_hstores_come_back(pairs: dict[str, str | None]) -> None:
    text = ", ".join(
        f"{quoted(key)}=>{'NULL' if value is None else quoted(value)}"
        for key, value in pairs.items()
    )
    value = encoded(16400, "extensions.hstore", text)
    assert isinstance(value, str) and json.loads(value) == pairs


def test_only_an_extensions_type_is_an_hstore() -> None:
    assert encoded(25, "hstore", '"a"=>"1"') == '"a"=>"1"'


@given(st.binary())
def test_bytes_come_back(value: bytes) -> None:
    found = encoded(17, "bytea", "\\x" + value.hex())
    assert isinstance(found, str) and b64decode(found, validate=True) == value


@given(st.datetimes())
def test_timestamps_come_back(at: datetime) -> None:
    text = at.isoformat(" ")
    # PostgreSQL prints no trailing zeros.
    text = text.rstrip("0") if "." in text else text
    found = encoded(1114, "timestamp without time zone", text)
    assert isinstance(found, str) and datetime.fromisoformat(found) == at.replace(tzinfo=UTC)
    assert found == text.replace(" ", "T") + "Z"


@given(st.datetimes(), st.integers(0, 6))
def test_timestamptz_is_filled_up_to_its_precision(at: datetime, precision: int) -> None:
    unit = timedelta(microseconds=10 ** (6 - precision))
    at -= timedelta(microseconds=at.microsecond % (unit.seconds * 10**6 + unit.microseconds))
    text = at.isoformat(" ")
    text = (text.rstrip("0") if "." in text else text) + "+00"
    found = encoded(1184, "timestamp with time zone", text, precision)
    digits = f".{at.microsecond:06}"[: precision + 1] if precision else ""
    assert found == f"{at:%Y}".zfill(4) + at.strftime("-%m-%dT%H:%M:%S") + digits + "Z"


def test_a_fraction_longer_than_the_precision_is_kept() -> None:
    for precision in (0, 3):
        text = "2024-01-02 03:04:05.123456+00"
        found = encoded(1184, "timestamp with time zone", text, precision)
        assert found == "2024-01-02T03:04:05.123456Z"


@given(st.dates())
def test_dates_come_back(day: date) -> None:
    assert encoded(1082, "date", day.isoformat()) == f"{day.isoformat()}Z"


@pytest.mark.parametrize(
    ("oid", "text", "fix"),
    [
        (1184, "2024-01-02 03:04:05.123456+02", "TimeZone UTC"),
        (1184, "2024-01-02 03:04:05+02", "TimeZone UTC"),
        (1114, "02/01/2024 03:04:05 BC", "DateStyle ISO"),
        (1082, "15.03.0044 BC", "DateStyle ISO"),
        (1186, "1 year 2 mons", "IntervalStyle iso_8601"),
    ],
)
def test_a_session_with_other_settings_is_noticed(oid: int, text: str, fix: str) -> None:
    with pytest.raises(ContractError, match=fix):
        json_encoder(oid, "")(text.encode())


def test_year_one_before_christ_is_iso_year_zero() -> None:
    assert encoded(1082, "date", "0001-12-31 BC") == "0000-12-31Z"


def test_bits_keep_their_value_and_order() -> None:
    assert encoded(1560, "bit", "1", 1) is True
    assert encoded(1560, "bit", "101010101111", 12) == "rwo="
    assert encoded(1562, "bit varying", "0001", -1) == "0001"


def test_money_of_another_locale_stays_as_printed() -> None:
    assert encoded(790, "money", "-$1,234.50") == "-1234.50"
    assert encoded(790, "money", "-1.234,50 €") == "-1.234,50 €"


def test_the_settings_are_all_that_decides_the_text() -> None:
    assert {"client_encoding", "DateStyle", "IntervalStyle", "TimeZone"} <= SESSION_SETTINGS.keys()


def array_text(elements: list[str | None]) -> str:
    """As array_out writes it, but with every element quoted, which it may."""
    return "{" + ",".join("NULL" if text is None else quoted(text) for text in elements) + "}"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
