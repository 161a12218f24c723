"""All built-in scalar functions, by PostgreSQL's names."""

from __future__ import annotations

from materializers.sql.functions.array import ARRAY_FUNCTIONS
from materializers.sql.functions.array_order import ARRAY_ORDERS
from materializers.sql.functions.binary import BINARY_FUNCTIONS
from materializers.sql.functions.call import Functions
from materializers.sql.functions.enum import ENUM_FUNCTIONS
from materializers.sql.functions.float import FLOAT_FUNCTIONS
from materializers.sql.functions.interval import INTERVAL_FUNCTIONS
from materializers.sql.functions.json import JSON_FUNCTIONS
from materializers.sql.functions.json_access import JSON_ACCESS_FUNCTIONS
from materializers.sql.functions.jsonb_change import JSONB_CHANGES
from materializers.sql.functions.number import NUMBER_FUNCTIONS
from materializers.sql.functions.pattern import PATTERN_FUNCTIONS
from materializers.sql.functions.text import TEXT_FUNCTIONS
from materializers.sql.functions.time import TIME_FUNCTIONS

BUILT_IN_FUNCTIONS: Functions = {
    **TEXT_FUNCTIONS,
    **NUMBER_FUNCTIONS,
    **FLOAT_FUNCTIONS,
    **TIME_FUNCTIONS,
    **PATTERN_FUNCTIONS,
    **BINARY_FUNCTIONS,
    **ENUM_FUNCTIONS,
    **INTERVAL_FUNCTIONS,
    **JSON_FUNCTIONS,
    **JSON_ACCESS_FUNCTIONS,
    **JSONB_CHANGES,
    **ARRAY_FUNCTIONS,
    **ARRAY_ORDERS,
}

VOLATILE = frozenset(
    {
        "now", "random", "clock_timestamp", "statement_timestamp", "transaction_timestamp",
        "timeofday", "gen_random_uuid", "uuidv4", "uuidv7", "nextval", "currval", "lastval",
        "setseed", "current_setting", "txid_current", "pg_current_xact_id", "random_normal",
        "current_database", "pg_backend_pid", "array_sample", "array_shuffle",
    }
)  # fmt: skip
"""Functions whose result does not follow from the row: no view may call them."""
