"""Documents that an index refuses are set aside, and no others."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import orjson
import pytest
from elasticsearch import BadRequestError, Elasticsearch

from materializers.errors import SinkError
from materializers.sinks.elasticsearch.fit import METADATA
from materializers.sinks.elasticsearch.identifier import id_of
from materializers.sinks.sink import Sink
from materializers.step import Step
from tests.contracts.narrow_proxy import narrow_proxy
from tests.contracts.opened_sinks import OpenedSinks
from tests.contracts.refusal_contract import Case, Kept, RefusalContract
from tests.contracts.view_rows import Row, batch, step, view

THINGS = view("things", ["id"], id="bigint", facts="jsonb")
NAMED = view("named", ["name"], name="text", n="integer")


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with closing(Elasticsearch(elasticsearch_url)) as opened:
        yield opened


@pytest.fixture
def sinks(elasticsearch_url: str) -> Iterator[OpenedSinks]:
    with ExitStack() as stack:
        yield OpenedSinks(stack, "elasticsearch", {"hosts": [elasticsearch_url]})


@pytest.fixture
def things(sinks: OpenedSinks, index_prefix: str) -> Callable[[], Sink]:
    return lambda: sinks.open(THINGS, "things_index", {"index": index_prefix})


def thing(number: int, facts: object = None) -> Row:
    return {"id": number, "facts": orjson.dumps(facts).decode()}


class TestElasticsearchRefusals(RefusalContract):
    @pytest.fixture
    def case(self, things: Callable[[], Sink], client: Elasticsearch, index_prefix: str) -> Case:
        def opened() -> Sink:
            sink = things()
            create = sink.create

            def mapped(number: int) -> None:
                create(number)
                index = f"{index_prefix}-g{number:06}"
                properties = {"facts": {"properties": {"a": {"type": "long"}}}}
                client.indices.put_mapping(index=index, properties=properties)

            sink.create = mapped  # type: ignore[method-assign]
            return sink

        return Case(
            opened,
            THINGS,
            fit=lambda number: thing(number, {"a": number}),
            unfit=lambda number: thing(number, {"a": {"b": number}}),
        )


def written(sink: Sink, *rows: Row) -> Kept:
    """Write one step of these rows into a live generation; the rows set aside."""
    kept = Kept()
    sink.create(1)
    sink.write(1, Step(1, "{}", [batch(THINGS, rows)], [], kept))
    sink.switch(1)
    return kept


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"": 1}, "field name cannot be an empty string"),
        ({"a": {".": 1}}, "field name cannot contain only dots"),
        ([{"n": n} for n in range(10_001)], "The number of nested documents"),
        ({"n": {"a": 1}}, "Cannot parse object as number"),
        ({"a": [[{"b": 1}], {"": 2}]}, "empty string"),
    ],
    ids=["no name", "a dot", "10,001 nested", "another shape", "deep within"],
)
def test_what_does_not_fit_is_set_aside(
    things: Callable[[], Sink], facts: object, why: str
) -> None:
    sink = things()
    kept = written(sink, thing(1, {"n": 1}), thing(2, facts), thing(3, {"n": 3}))
    assert kept.ids() == [2] and why in kept.reasons[0]
    assert {row["id"] for row in sink.scan(1)} == {1, 3}


@pytest.mark.parametrize(
    "facts",
    [
        {f"n{at}": at for at in range(1100)},
        {f"t{at}": "x" for at in range(1100)},
        {"n": 18446744073709551615},
        {"n": "1e300"},
        {"n": "no number"},
        {"n": True},
        {"n": [1, "a", None, 2.5]},
        {"list": [{"n": n} for n in range(10_001)]},
    ],
    ids=lambda facts: str(facts)[:20],
)
def test_what_can_be_made_to_fit_is_kept(things: Callable[[], Sink], facts: Any) -> None:
    sink = things()
    kept = written(sink, thing(1, {"n": 1, "list": []}), thing(2, facts), thing(3, {"n": 3}))
    assert kept.ids() == []
    assert [row["facts"] for row in sink.scan(1) if row["id"] == 2] == [facts]


@pytest.mark.parametrize("first", [[1, 1.5, 1.9], [1.5, 1, 1.9]], ids=str)
def test_the_first_shape_does_not_decide(
    things: Callable[[], Sink], client: Elasticsearch, index_prefix: str, first: list[object]
) -> None:
    sink, large = things(), 9007199254740993
    values = [*first, "heavy", 18446744073709551615, large, large - 1]
    between = [str(at) for at, value in enumerate(first, 1) if value in (1.5, 1.9)]
    for version, value in enumerate(values, 1):
        if version == 1:
            sink.create(1)
        sink.write(1, step(THINGS, version, [thing(version, {"kg": value})]))
    sink.switch(1)

    def found(**query: Any) -> list[str]:
        answer = client.search(index=index_prefix, query=query, sort=["id"])
        return [hit["_id"] for hit in answer.body["hits"]["hits"]]

    assert found(range={"facts.kg": {"gt": 1.2, "lt": 2}}) == between
    assert found(term={"facts.kg": 18446744073709551615}) == ["5"]
    assert found(term={"facts.kg": large}) == ["6", "7"]  # a double has the same value for both
    assert found(term={"facts.kg.keyword": large}) == ["6"]
    assert found(term={"facts.kg.keyword": "heavy"}) == ["4"]
    assert found(term={"_ignored": "facts.kg"}) == ["4"]


def test_fields_past_the_limit_are_in_the_document(
    things: Callable[[], Sink], client: Elasticsearch, index_prefix: str
) -> None:
    kept = written(things(), thing(1, {f"n{at:04}": at for at in range(1100)}))
    answer = client.search(index=index_prefix, query={"exists": {"field": "_ignored"}})
    assert kept.ids() == [] and answer.body["hits"]["total"]["value"] == 1
    assert answer.body["hits"]["hits"][0]["_source"]["facts"]["n1099"] == 1099


def test_long_keys_are_hashed(sinks: OpenedSinks, client: Elasticsearch, index_prefix: str) -> None:
    sink = sinks.open(NAMED, "named_index", {"index": index_prefix})
    sink.create(1)
    names = ["x" * 512, "x" * 513, "ü" * 256, "ü" * 257, "y" * 100_000]
    rows = [{"name": name, "n": 1} for name in names]
    sink.write(1, step(NAMED, 1, rows))
    sink.switch(1)
    sink.write(1, step(NAMED, 2, [{"name": name, "n": 2} for name in names]))
    assert sorted(row["name"] for row in sink.scan(1)) == sorted(names)
    assert {row["n"] for row in sink.scan(1)} == {2}
    for name in names:
        found = client.get(index=index_prefix, id=id_of(name)).body["_source"]
        assert found == {"name": name, "n": 2}
    sink.write(1, step(NAMED, 3, [], rows[1:]))
    assert [row["name"] for row in sink.scan(1)] == names[:1]


@pytest.mark.parametrize("name", [*sorted(METADATA), "", " ", ".", ".a", "a..b", "a. .b"])
def test_names_that_an_index_cannot_have(
    sinks: OpenedSinks, client: Elasticsearch, index_prefix: str, name: str
) -> None:
    """The sink refuses exactly the names that Elasticsearch refuses."""
    with pytest.raises(SinkError, match="column") as refused:
        sinks.open(view("odd", ["id"], **{"id": "bigint", name: "text"}), "odd_index")
    assert refused.value.fix == "rename these columns in the view, with AS."
    client.indices.create(index=index_prefix)
    with pytest.raises(BadRequestError):
        client.indices.put_mapping(index=index_prefix, properties={name: {"type": "keyword"}})
        client.index(index=index_prefix, document={name: "x"})


@pytest.mark.parametrize("name", ["_x", "id", "_type", "_size", "a b", "*", "a,b", "addr.city"])
def test_names_that_an_index_can_have(sinks: OpenedSinks, index_prefix: str, name: str) -> None:
    schema = view("odd", ["k"], **{"k": "bigint", name: "text"})
    sink = sinks.open(schema, "odd_index", {"index": index_prefix})
    sink.create(1)
    row: Row = {"k": 1, name: "x"}
    sink.write(1, step(schema, 1, [row]))
    assert list(sink.scan(1)) == [row]


def test_columns_within_others_and_too_many_fields(sinks: OpenedSinks) -> None:
    dotted = {"id": "bigint", "addr": "text", "addr.city": "text", "addr.city.x": "text"}
    with pytest.raises(SinkError, match=r"addr\.city would be a field within column addr; "):
        sinks.open(view("odd", ["id"], **dotted), "odd_index")
    wide = view("wide", ["id"], **{"id": "bigint"} | {f"c{at}": "text" for at in range(600)})
    with pytest.raises(SinkError, match=r"1,201 fields, settings\.mapping.*limit is 1000"):
        limit = {"settings.index.mapping.total_fields.limit": "1000"}
        sinks.open(wide, "wide_index", limit)


def test_a_view_of_very_many_columns(sinks: OpenedSinks, index_prefix: str) -> None:
    columns = {"id": "bigint"} | {f"c{at}": "text" for at in range(1599)}
    wide = view("wide", ["id"], **columns)
    sink = sinks.open(wide, "wide_index", {"index": index_prefix})
    sink.create(1)
    row = {"id": 1} | {f"c{at}": "x" for at in range(1599)}
    sink.write(1, step(wide, 1, [row]))
    assert list(sink.scan(1)) == [row]


def test_what_is_too_large_for_a_proxy(elasticsearch_url: str, index_prefix: str) -> None:
    """A request of many rows is halved until each part is accepted or has one row."""
    kept = Kept()
    with narrow_proxy(elasticsearch_url, 20_000) as url, ExitStack() as stack:
        sinks = OpenedSinks(stack, "elasticsearch", {"hosts": [url]})
        sink = sinks.open(THINGS, "things_index", {"index": index_prefix})
        sink.create(1)
        sink.write(1, step(THINGS, 1, [thing(7, "as it was")]))
        rows = [thing(n, "x" * (30_000 if n in (7, 30) else 1_000)) for n in range(50)]
        gone = [batch(THINGS, [{"id": n} for n in range(100, 900)], ["id"])]
        sink.write(1, Step(2, "{}", [batch(THINGS, rows)], gone, kept))
        assert kept.ids() == [7, 30] and "413" in kept.reasons[0]
        assert {row["id"] for row in sink.scan(1)} == set(range(50)) - {7, 30}


def test_what_is_not_answered_in_time(elasticsearch_url: str, index_prefix: str) -> None:
    """A request of many rows is halved until each part is answered; a single row is reported."""
    with narrow_proxy(elasticsearch_url, 200_000, is_silent=True) as url, ExitStack() as stack:
        sinks = OpenedSinks(stack, "elasticsearch", {"hosts": [url], "request_timeout": 3})
        sink = sinks.open(THINGS, "things_index", {"index": index_prefix})
        sink.create(1)
        for version in (1, 2):
            rows = [thing(n, f"{version}{'x' * 10_000}") for n in range(50)]
            sink.write(1, step(THINGS, version, rows))
        assert {row["id"] for row in sink.scan(1)} == set(range(50))
        with pytest.raises(SinkError, match="does not answer in time"):
            sink.write(1, step(THINGS, 3, [thing(7, "x" * 300_000)]))


def test_a_target_that_refuses_everything_is_no_refusal(
    things: Callable[[], Sink], client: Elasticsearch, index_prefix: str
) -> None:
    sink, kept, index = things(), Kept(), f"{index_prefix}-g000001"
    sink.create(1)
    for blocked in ({"blocks.write": True}, {"blocks.read_only_allow_delete": True}):
        client.indices.put_settings(index=index, settings=blocked)
        with pytest.raises(SinkError, match="blocked by"):
            sink.write(1, Step(1, "{}", [batch(THINGS, [thing(1), thing(2, {"": 1})])], [], kept))
        client.indices.put_settings(index=index, settings=dict.fromkeys(blocked, None))
    client.indices.close(index=index)
    with pytest.raises(SinkError):
        sink.write(1, Step(1, "{}", [batch(THINGS, [thing(1)])], [], kept))
    assert not kept.rows
