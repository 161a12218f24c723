"""materialize is killed at random moments while rows become unfit for their sinks, and fit again:
in the end each row is either visible to readers or set aside."""

from __future__ import annotations

import random
import time
from contextlib import closing

import pytest
from elasticsearch import Elasticsearch

from tests.e2e.refused_rows import set_aside
from tests.e2e.refused_rows import small as small
from tests.e2e.small import Small

KILLS = 3
CHANGES = 40
SEED = 20261126
UNFIT = "select id from items where jsonb_typeof(facts -> 'kg') = 'object'"
LONG = "select name from items where length(name) > 5000"


def change(rng: random.Random, number: int) -> str:
    """A statement that changes one item."""
    row = rng.randint(1, 50)
    shape = rng.choice([f"{number}", f'{{"net": {number}}}'])
    name = rng.choice([f"n{row}", rng.randbytes(6000).hex()])
    return rng.choice(
        [
            f"update items set facts = '{{\"kg\": {shape}}}' where id = {row}",
            f"update items set name = '{name}' where id = {row}",
            f"delete from items where id = {row}",
            f"insert into items values ({row}, '{name}', '{{\"kg\": {shape}}}')"
            " on conflict (id) do update set name = excluded.name, facts = excluded.facts",
        ]
    )


@pytest.mark.timeout(600)
def test_a_kill_loses_no_letter_and_leaves_none(
    small: Small, index_prefix: str, elasticsearch_url: str
) -> None:
    rng = random.Random(SEED)
    for number in range(KILLS):
        small.execute(*(change(rng, number * CHANGES + at) for at in range(CHANGES)))
        time.sleep(rng.uniform(0.0, 1.5))
        small.processes.kill("materialize")
        small.processes.start("materialize")
        if number % 2:
            small.until(small.is_following)
    unfit = [("shown_index", row[0]) for row in small.execute(UNFIT)]
    long = [("named_table", row[0]) for row in small.execute(LONG)]
    expected = sorted([*unfit, *long], key=repr)
    assert unfit and long, "the seed gives none"
    small.until(small.is_following)
    small.until(lambda: set_aside(small) == expected)
    fit = {row[0] for row in small.execute("select id from items")} - {row[1] for row in unfit}
    with closing(Elasticsearch(elasticsearch_url)) as client:

        def shown() -> set[int]:
            hits = client.search(index=f"{index_prefix}shown", size=1000).body["hits"]["hits"]
            return {hit["_source"]["id"] for hit in hits}

        small.until(lambda: shown() == fit)
    wanted = small.execute(
        "select name, count(*) from items where length(name) < 5000 group by 1 order by 1"
    )
    small.until(lambda: small.execute("select name, n from named order by 1") == wanted)
    assert set_aside(small) == expected, f"seed {SEED}"
