"""PostgreSQL's keywords, as `pg_get_keywords()` lists them (manual, appendix "SQL Key Words")."""

RESERVED = frozenset(
    "all analyse analyze and any array as asc asymmetric both case cast check collate column"
    " constraint create current_catalog current_date current_role current_time current_timestamp"
    " current_user default deferrable desc distinct do else end except false fetch for foreign"
    " from grant group having in initially intersect into lateral leading limit localtime"
    " localtimestamp not null offset on only or order placing primary references returning select"
    " session_user some symmetric system_user table then to trailing true union unique user using"
    " variadic when where window with".split()
)
"""Words that cannot name a column or table without quotes."""

FUNCTION_OR_TYPE = frozenset(
    "authorization binary collation concurrently cross current_schema freeze full ilike inner is"
    " isnull join left like natural notnull outer overlaps right similar tablesample"
    " verbose".split()
)
"""Words that can name a function or a type, but no column or table, without quotes."""

NEEDS_AS = frozenset(
    "array as char character create day except fetch filter for from grant group having hour"
    " intersect into isnull limit minute month notnull offset on order over overlaps precision"
    " returning second to union varying where window with within without year".split()
)
"""Words that can name an output column only after AS."""

OF_SELECT = (
    RESERVED
    | FUNCTION_OR_TYPE
    | frozenset(
        "absent at between breadth by coalesce conditional cube current cycle day depth escape"
        " exclude exists extract filter first following format greatest group grouping groups hour"
        " interval keys last least locked materialized minute month natural next nfc nfd nfkc nfkd"
        " no none normalize normalized nulls nullif others over overlay ordinality partition"
        " position preceding range recursive rollup row rows scalar search second sets share skip"
        " substring ties time treat trim unbounded uescape unknown update value values within"
        " without xmltable year zone"
        # types of the grammar or the catalogue
        " bigint bit bool boolean bpchar bytea char character cidr citext date dec decimal double"
        " float float4 float8 hstore inet int int2 int4 int8 integer json jsonb macaddr money name"
        " national nchar numeric oid point precision real regclass regtype serial setof smallint"
        " text timestamp timestamptz timetz uuid varchar varying vector xml"
        " int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange"
        " nummultirange tsmultirange tstzmultirange datemultirange".split()
    )
)
"""Words with a meaning in a SELECT; any other word is a name."""
