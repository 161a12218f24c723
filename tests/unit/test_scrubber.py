"""No part of a secret is left in a text, however a client writes it; other texts stay as they are.

What may be left of a secret is less than 6 characters in a row, and less than 4 between two of the
characters at which clients cut.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cdc.credentials import secrets_in
from cdc.scrubber import MASK, Scrubber, learn, scrubbed
from rederive.http.server import Reply
from tests.longest_run import longest_run

NASTY = "aZ09 \n\t%'\"\\@:/?#&=;,é€$`{}"
secrets = st.text(alphabet=NASTY, min_size=8, max_size=40).filter(
    lambda text: len("".join(text.split())) >= 8
)

SHOWN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a URL": lambda text: quote(text, safe=""),
    "in a form": quote_plus,
    "by repr": repr,
    "bytes by repr": lambda text: repr(text.encode()),
    "as JSON": json.dumps,
    "on one line": lambda text: " ".join(text.split()),
    "wrapped": lambda text: "\n    ".join(text[at : at + 5] for at in range(0, len(text), 5)),
    "cut off": lambda text: text[: max(8, len(text) // 2)],
    "its end": lambda text: text[-max(8, len(text) // 2) :],
}


@pytest.mark.parametrize("how", SHOWN)
@given(secret=secrets)
@example(secret="top\nsecret%zz'quoted\\slashed")
def test_nothing_of_a_secret_is_left(how: str, secret: str) -> None:
    scrubber = Scrubber()
    scrubber.learn(secret)
    shown = SHOWN[how](secret)
    told = scrubber.scrub(f"refused: {shown} (no)")
    assert longest_run(secret, told.removeprefix("refused: ").removesuffix(" (no)")) < 6
    assert MASK in told or len("".join(shown.split())) < 8


@pytest.mark.parametrize("cut", ["\n", "@", "/", "%", "?", "'", " ", ":"])
def test_a_part_behind_a_cut_is_not_left(cut: str) -> None:
    scrubber = Scrubber()
    scrubber.learn(f"first-of-it{cut}tail")
    for part in ("first-of-it", "tail", "-of-it", f"it{cut}tail"):
        assert scrubber.scrub(f'no host "{part}": gone') in (
            f'no host "{MASK}": gone', f'no host "it{cut}{MASK}": gone'
        )  # fmt: skip


def test_a_short_secret_goes_as_a_word_and_texts_without_any_stay() -> None:
    scrubber = Scrubber()
    assert scrubber.scrub("of nothing known") == "of nothing known"
    scrubber.learn("abc")
    scrubber.learn("far-from-it@rest!")
    assert scrubber.scrub("the restart of rest! and rest") == f"the restart of {MASK} and rest"
    scrubber.learn("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n")
    assert scrubber.scrub("abc or abcd") == f"{MASK} or abcd"
    line = "Cannot read a PRIVATE KEY of the source: start `rederive up`.\n  | ----- |\n"
    assert scrubber.scrub(line) == line
    assert scrubber.scrub("key MIIEvQIB…") == f"key {MASK}…"


def known_of(name: str, value: object) -> Scrubber:
    scrubber = Scrubber()
    for secret in secrets_in(name, value):
        scrubber.learn(secret)
    return scrubber


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source.shop.dsn", "postgresql://shop:{}@db:5432/shop?sslmode=require"),
        ("source.shop.dsn", "host=db password='{}' user=shop"),
        ("source.shop.dns", "host=db user=shop password = {}"),
        ("sink.search.api_key", "{}"),
        ("sink.search.hosts", ["https://one", "https://elastic:{}@two:9200"]),
        ("sink.search.basic_auth", ["elastic", "{}"]),
        ("sink.search.basic_auth", "elastic:{}"),
        ("sink.search.headers", {"Authorization": "{}"}),
        ("sink.cache.url", "rediss://:{}@cache/0"),
        ("sink.cache.url", "redis://cache/0?password={}&protocol=3"),
        ("kafka.sasl.password", "{}"),
        ("kafka.sasl.jaas.config", 'PlainLoginModule required username="a" password="{}";'),
        ("kafka.ssl.key.pem", "-----BEGIN KEY-----\n{}\n-----END KEY-----"),
    ],
)
def test_settings_give_their_secrets_away(name: str, value: object) -> None:
    whole = json.loads(json.dumps(value).replace("{}", "hunter-2-hunter"))
    scrubber = known_of(name, whole)
    assert scrubber.scrub("no: hunter-2-hunter!") == f"no: {MASK}!"
    others = "shop db cache elastic localhost:9200 sslmode require username PlainLoginModule"
    if "jaas" not in name:
        assert scrubber.scrub(others) == others


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kafka.bootstrap.servers", "broker:9092"), ("kafka.sasl.password", "${KAFKA_PASSWORD}"),
        ("kafka.sasl.oauthbearer.token.endpoint.url", "https://login/token"),
        ("kafka.ssl.key.location", "/etc/key.pem"), ("source.a.dsn", "postgresql://shop@db/shop"),
        ("sink.b.api_key", ""),
    ],
)  # fmt: skip
def test_what_is_no_secret_is_not_taken_for_one(name: str, value: str) -> None:
    assert list(secrets_in(name, value)) == []


@given(secret=secrets.filter(lambda text: "\0" not in text))
def test_libpq_says_nothing_of_a_password_in_a_url_or_a_pair(secret: str) -> None:
    """Neither where it is written as it should be, nor where its characters are taken for syntax;
    the messages are libpq's own."""
    for dsn in (
        f"postgresql://shop:{secret}@127.0.0.1:1/shop", f"host=127.0.0.1 password={secret} port=1",
        f"host=127.0.0.1 port=1 password='{secret}'", f"postgresql://h:1/x?password={secret}",
        f"postgresql://shop:{quote(secret, safe='')}@127.0.0.1:1/shop?application_name=%zz",
        make_conninfo("", password=secret) + " hots=a",
    ):  # fmt: skip
        try:
            conninfo_to_dict(dsn)
        except (psycopg.ProgrammingError, UnicodeDecodeError) as error:
            told = known_of("source.shop.dsn", dsn).scrub(str(error))
            assert longest_run(secret, told) < 6, (dsn, told)


def test_values_inside_lists_and_mappings_are_scrubbed() -> None:
    given_value = {"views": [{"rows": 1, "error": "of nobody", "none": None}], "pair": ("a", 2)}
    assert scrubbed(given_value) == {**given_value, "pair": ["a", 2]}


def test_an_answer_over_http_holds_none() -> None:
    learn("answered-over-http")
    body = Reply.of(503, {"error": "not answered-over-http", "views": [{"n": 1}]}).body
    assert json.loads(body) == {"error": f"not {MASK}", "views": [{"n": 1}]}
