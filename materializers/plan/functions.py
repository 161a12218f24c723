"""Every scalar function a view may call, by its PostgreSQL name."""

from __future__ import annotations

from materializers.plan.call import Functions
from materializers.plan.functions_array import ARRAY_FUNCTIONS
from materializers.plan.functions_binary import BINARY_FUNCTIONS
from materializers.plan.functions_float import FLOAT_FUNCTIONS
from materializers.plan.functions_interval import INTERVAL_FUNCTIONS
from materializers.plan.functions_json import JSON_FUNCTIONS
from materializers.plan.functions_json_access import JSON_ACCESS_FUNCTIONS
from materializers.plan.functions_number import NUMBER_FUNCTIONS
from materializers.plan.functions_pattern import PATTERN_FUNCTIONS
from materializers.plan.functions_text import TEXT_FUNCTIONS
from materializers.plan.functions_time import TIME_FUNCTIONS

FUNCTIONS: Functions = {
    **TEXT_FUNCTIONS,
    **NUMBER_FUNCTIONS,
    **FLOAT_FUNCTIONS,
    **TIME_FUNCTIONS,
    **PATTERN_FUNCTIONS,
    **BINARY_FUNCTIONS,
    **INTERVAL_FUNCTIONS,
    **JSON_FUNCTIONS,
    **JSON_ACCESS_FUNCTIONS,
    **ARRAY_FUNCTIONS,
}

VOLATILE = frozenset(
    {
        "now", "random", "clock_timestamp", "statement_timestamp", "transaction_timestamp",
        "timeofday", "gen_random_uuid", "uuidv4", "uuidv7", "nextval", "currval", "lastval",
        "setseed", "current_setting", "txid_current", "pg_current_xact_id", "random_normal",
        "current_database", "pg_backend_pid",
    }
)  # fmt: skip
"""Functions whose answer is not a function of the row, so that no view can be kept by deltas."""
