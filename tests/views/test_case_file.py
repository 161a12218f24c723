"""A case file that would check nothing is refused."""

from pathlib import Path

import pytest

from tests.views.case_file import read_case

VIEW = "CREATE TABLE t (id int PRIMARY KEY);\nCREATE MATERIALIZED VIEW v AS SELECT id FROM t;\n"


@pytest.mark.parametrize(
    ("text", "missing"),
    [(VIEW, "no `-- cut`"), ("-- cut\nINSERT INTO t VALUES (1);\n", "no CREATE MATERIALIZED VIEW")],
    ids=["cut", "view"],
)
def test_a_case_has_a_view_and_a_cut(text: str, missing: str, tmp_path: Path) -> None:
    file = tmp_path / "case.sql"
    file.write_text(text)
    with pytest.raises(AssertionError, match=missing):
        read_case(file)
