"""The store: atomic writes, readers' snapshots, and the contents of the file."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from materializers.engines.rows.store.space import READ_MAX, beyond
from materializers.engines.rows.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path / "state.db")) as opened:
        yield opened


def test_what_is_written_is_read_and_stays(store: Store, tmp_path: Path) -> None:
    with store.transaction():
        store.space("one").write({b"a": b"1", b"b": b"2", b"c": None})
        store.space("two").write({b"a": b"3"})
    store.close()
    with closing(Store.open(tmp_path / "state.db")) as again:
        assert again.names() == {"one", "two"}
        assert again.space("one").get([b"a", b"b", b"c"]) == {b"a": b"1", b"b": b"2"}
        with again.transaction():
            again.space("one").write({b"a": None, b"b": b"4"})
            again.drop("two")
        assert list(again.space("one").scan()) == [(b"b", b"4")]
        assert again.names() == {"one"}


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    store.space("one").write({b"a": b"1"})
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.space("one").write({b"a": b"2"})
        store.space("two").write({b"a": b"2"})
        raise ZeroDivisionError
    assert store.space("one").get([b"a"]) == {b"a": b"1"}
    assert list(store.space("two").scan()) == []


def test_many_keys_are_read_at_once(store: Store) -> None:
    space = store.space("one")
    values = {number.to_bytes(4, "big"): b"v" for number in range(2 * READ_MAX + 3)}
    space.write(dict(values))
    assert space.get(values) == values
    assert space.get([]) == {}


def test_a_reader_stays_at_its_version_while_the_writer_goes_on(store: Store) -> None:
    store.space("one").write({b"a": b"1"})
    with closing(store.reader()) as reader:
        with store.transaction():
            store.space("one").write({b"a": b"2", b"b": b"2"})
            store.space("two").write({b"a": b"2"})
        space = reader.space("one")
        assert space is not None and list(space.scan()) == [(b"a", b"1")]
        assert reader.space("two") is None
    with closing(store.reader()) as reader:
        space = reader.space("one")
        assert space is not None and len(list(space.scan())) == 2


@given(st.lists(st.binary(max_size=3)), st.binary(max_size=2))
def test_a_scan_gives_what_begins_so_in_order(keys: list[bytes], prefix: bytes) -> None:
    with closing(Store.open(Path(":memory:"))) as store:
        space = store.space("one")
        space.write(dict.fromkeys(keys, b""))
        expected = sorted({key for key in keys if key.startswith(prefix)})
        assert [key for key, _ in space.scan(prefix)] == expected
        assert [key for key, _ in space.scan(prefix, is_reverse=True)] == expected[::-1]


def test_there_is_no_key_beyond_the_last_one() -> None:
    assert (beyond(b"a\xff"), beyond(b"\xff"), beyond(b"")) == (b"b", None, None)
