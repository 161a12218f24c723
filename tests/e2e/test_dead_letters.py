"""Over the real servers: rows that their sinks refuse are set aside, the others go on, and the
command lists, shows, retries and drops them."""

from __future__ import annotations

import random
from contextlib import closing

import orjson
import pytest
import redis
from elasticsearch import Elasticsearch

from materializers.sinks.redis import read_live
from tests.commands import rederive
from tests.e2e.refused_rows import letters, set_aside
from tests.e2e.refused_rows import small as small
from tests.e2e.small import Small


def dead(small: Small) -> dict[str, int]:
    return {view["sink"]: view["dead_letters"] for view in small.status()["views"]}


@pytest.mark.timeout(300)
def test_one_row_never_blocks_a_sink(
    small: Small, index_prefix: str, elasticsearch_url: str, redis_url: str
) -> None:
    noise, alias = random.Random(1).randbytes(6000).hex(), f"{index_prefix}shown"
    small.execute(
        'update items set facts = \'{"kg": {"net": 1}}\' where id = 7',
        "insert into items values (60, 'n60', '{\"\": 1}'), (61, 'n61', '{\"kg\": 1.9}')",
        f"insert into items values (62, '{noise}', '{{}}')",
    )
    expected = [("named_table", noise), ("shown_index", 60), ("shown_index", 7)]
    small.until(lambda: set_aside(small) == sorted(expected, key=repr))
    small.until(lambda: small.execute("select count(*) from shown") == [(53,)])
    small.until(lambda: small.execute("select count(*) from named") == [(52,)])
    with closing(Elasticsearch(elasticsearch_url)) as client:
        wanted = {"range": {"facts.kg": {"gt": 1.2, "lt": 2}}}
        small.until(lambda: client.count(index=alias).body["count"] == 51)
        assert client.count(index=alias, query=wanted).body["count"] == 1
    assert dead(small) == {"shown_table": 0, "shown_index": 2, "named_table": 1, "cached_rows": 0}

    found = {each["key"]["id"]: each for each in letters(small, "--sink", "shown_index")}
    told = rederive(small.folder, "dead-letters", "show", found[7]["id"], "--json")
    (letter,) = orjson.loads(told.stdout)
    assert letter["document"] == {"id": 7, "name": "n7", "facts": {"kg": {"net": 1}}}
    assert "facts.kg" in letter["reason"] and letter["view"] == "shown"
    assert (
        "reason: sink search"
        in rederive(small.folder, "dead-letters", "show", found[60]["id"]).stdout
    )

    for misspelt in (("--sink", "show_index"), ("--view", "show")):
        told = rederive(small.folder, "dead-letters", "list", *misspelt)
        assert told.returncode == 2 and f"there is no {misspelt[0][2:]} show" in told.stderr

    again = rederive(small.folder, "dead-letters", "retry", "--all", "--json")
    assert again.returncode == 1 and orjson.loads(again.stdout) == {"sent": 3, "refused": 3}
    with closing(redis.Redis.from_url(redis_url)) as cache:
        cache.delete("cached_rows:1:item:9")  # expired
        small.execute(
            "update items set facts = '{\"kg\": 7}' where id = 7", "delete from items where id = 60"
        )
        small.until(lambda: [sink for sink, _ in set_aside(small)] == ["named_table"])
        for view in ("shown", "named", "cached"):
            built = rederive(small.folder, "rebuild", view)
            assert built.returncode == 0, built.stderr
        assert set_aside(small) == [("named_table", noise)]
        assert {each["generation"] for each in letters(small)} == {2}
        assert read_live(cache, "cached_rows", "item:9") is None
        assert read_live(cache, "cached_rows", "item:10") == {"id": 10, "name": "n10"}
    dropped = rederive(small.folder, "dead-letters", "drop", "--view", "named", "--json")
    assert orjson.loads(dropped.stdout) == {"dropped": 1} and not letters(small)
    assert set(dead(small).values()) == {0}
    missing = rederive(small.folder, "dead-letters", "show", "none")
    assert missing.returncode == 2 and "there is no letter none" in missing.stderr
