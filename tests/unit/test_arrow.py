"""Rows of a SELECT as Arrow, on a connection that other statements use too."""

import duckdb

from materializers.engines.duckdb.arrow import arrow_table


def test_an_earlier_result_need_not_have_been_read() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT i FROM range(10) r(i)")
        assert connection.execute("SELECT i FROM t ORDER BY i").fetchone() == (0,)
        assert arrow_table(connection, "SELECT i FROM t").num_rows == 10
