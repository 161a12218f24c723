"""Texts that the row engine reads and writes: each gives PostgreSQL's value or error."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.type_io import input_of, output_of
from materializers.sql.types.sql_type import SqlType
from tests.views.source import Connection

TEXTS = {
    "integer": (
        "0", " 12 ", "+7", "-7", "007", "1_000", "1__0", "_1", "1_", "0x1F", "0b101", "0o17",
        "-0x8000_0000", "0x", "12a", "", " ", "1.5", "1e3", "2147483648", "-2147483649", "- 1",
        "--1", "\t5\n", "٣",
    ),
    "bigint": (
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "0xFFFFFFFFFF",
    ),
    "smallint": (
        "32767", "32768", "-32768", "-32769",
    ),
    "numeric": (
        "1.50", " 1.50 ", "1e3", "1.5e-3", "1e+2", ".5", "5.", ".", "e5", "1e", "1e5x", "-0",
        "-0.00", "NaN", "nan", "inf", "-inf", "+Infinity", "Infinity", "infinit", "1_000.5_0",
        "1._5", "1_.5", "0x1F", "-0b11", "0x1.8", "1e131071", "1e131072", "1e-16383",
        "1e-16384", "1e-20000", "1e99999999999", "1 2", "00012.00", "+.5e1",
    ),
    "double precision": (
        "0.1", "1e308", "1e309", "-1e309", "1e-320", "1e-400", "NaN", "-nan", "inf",
        "-Infinity", "infinit", "1_0", "0x10", ".5", "5.", "1e", "", " 2 ", "-0",
        "123456789012345678", "1e15", "1e14", "999999999999999", "0.0001", "0.00001",
        "9007199254740993", "5e-324", "2.2250738585072014e-308", "4.35",
    ),
    "real": (
        "0.1", "1e38", "3.4028235e38", "3.4028236e38", "1e39", "1e-45", "1e-46", "7e-46",
        "16777217", "1e6", "999999", "1234567", "0.0001", "1e-5", "8388608.5", "1.17549435e-38",
        "33554434", "67108868", "9.5367431640625e-07",
    ),
    "boolean": (
        "t", "T", "true", "TRUE", "tru", "yes", "y", "ye", "on", "o", "of", "off", "1", "0",
        "00", "01", "n", "no", "false", "fals", " true ", "", "truee", "2",
    ),
    "uuid": (
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
        "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
        "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
        "a-0eebc999c0b4ef8bb6d6bb9bd380a11", "{a0eebc999c0b4ef8bb6d6bb9bd380a11",
        " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "",
    ),
    "bytea": (
        '\\x', '\\x00ff', '\\x0 0', '\\x 00 ff ', '\\x0', '\\xzz', '\\XFF', "abc", 'a\\\\b',
        '\\000\\377', '\\400', '\\12', '\\', "ä", '\\x00\\nff',
    ),
    "integer[]": (
        "{}", "{1,2}", " { 1 , 2 } ", "{NULL}", "{null,NuLl}", "{1,}", "{,1}", "{1 2}", '{"1"}',
        '{"NULL"}', "{1", "1}", "", "{a}", "{}x", "{ }", "{1}{2}", '{\\1}',
    ),
    "text[]": (
        '{a,"b c",NULL,""}', '{"a\\"b\\\\c"}', '{a\\ b\\ }', "{a b}", "{ a b , c }", '{"a"b}',
        '{a"b"}', '{"a" }', '{ "a" , b}', '{\\NULL}', "{}", "{ä,日本}", '{"{}"}', "{a{b}}",
        '{"a}', '{a\\', "{a\nb}", '{"a\nb"}', "{\xa0a\xa0}",
    ),
    "numeric[]": (
        "{1.50,NaN,-0.0,1e2}",
    ),
    "boolean[]": (
        "{t,f,yes,NULL}",
    ),
    "money": (
        "$1,234.56", "-$1,234.56", "($1.00)", "12", "1.005", "-1.005", "$ 1", "1,2,3", ".5",
        "92233720368547758.07", "92233720368547758.08", "-$.5", "$-5", " 1 ", "",
    ),
    "oid": (
        "0", "4294967295", "4294967296", "-1", "-2147483648", "0x1F", "010", "08", "12a",
    ),
}  # fmt: skip
"""One text each."""
TEXTS["integer"] += ("9" * 5_000, "0" * 5_000 + "7", "0x" + "0" * 5_000 + "7")
TEXTS["oid"] += ("0x" + "0" * 5_000 + "7", "9" * 5_000)
TEXTS["numeric"] += ("1e" + "9" * 5_000, "9" * 5_000, "0" * 5_000 + "1", "1e" + "0" * 5_000 + "1")
SEVERAL_DIMENSIONS = "arrays of several dimensions are not supported"
MUTANTS = 300
_ATTEMPT = """
CREATE FUNCTION attempt(kind text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  EXECUTE format('SELECT format(''%%s'', $1::%s)', kind) INTO found USING value;
  RETURN found;
EXCEPTION WHEN OTHERS THEN RETURN '#error ' || SQLERRM; END $$
"""


def _mutated(text: str, choose: random.Random) -> str:
    """The text with some characters changed, added or left out."""
    signs = list(text)
    for _ in range(choose.randrange(1, 4)):
        place = choose.randrange(len(signs) + 1)
        new = choose.choice(["", *'0123456789abefnxNTUL+-._ \\",{}\t'])
        signs[place : place + choose.randrange(2)] = [new]
    return "".join(signs)


def _found(kind: str, text: str) -> str:
    try:
        return output_of(SqlType(kind))(input_of(SqlType(kind))(text))
    except EvaluationError as error:
        return f"#error {error}"


@pytest.fixture(scope="module")
def connection(postgres_server: str) -> Iterator[Connection]:
    name = f"row_texts_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        dsn = postgres_server.rpartition("/")[0] + "/" + name
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET bytea_output = hex")
            connection.execute(_ATTEMPT.encode())
            yield connection
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_are_read_and_written(kind: str, connection: Connection, seed: int) -> None:
    choose = random.Random(seed)
    texts = [*TEXTS[kind], *(_mutated(choose.choice(TEXTS[kind]), choose) for _ in range(MUTANTS))]
    query = "SELECT attempt(%s, t) FROM unnest(%s::text[]) WITH ORDINALITY u(t, n) ORDER BY n"
    expected = [row[0] for row in connection.execute(query, [kind, texts]).fetchall()]
    found = [_found(kind, text) for text in texts]
    unlike = [
        each
        for each in zip(texts, expected, found, strict=True)
        if each[1] != each[2] and not each[2].endswith(SEVERAL_DIMENSIONS)
    ]
    assert not unlike, f"seed {seed}: {len(unlike)} of {kind}, {unlike[:8]}"
