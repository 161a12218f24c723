"""Shows the differing values of assertions in the suites, as in test files."""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts.sink_contract",
    "tests.contracts.refusal_contract",
    "tests.contracts.owners_contract",
    "tests.contracts.engine_contract",
    "tests.contracts.view_builder_contract",
    "tests.contracts.schemas_contract",
    "tests.contracts.misfits_contract",
    "tests.contracts.sharing_contract",
    "tests.contracts.recomputed",
)
