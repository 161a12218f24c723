"""array_length and the like for arrays declared with several dimensions, which are stored as
PostgreSQL's texts."""

from __future__ import annotations

from materializers.sql.functions.call import Call
from materializers.sql.functions.signatures import nonexistent
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.sql_type import INTEGER, TEXT

_OF_ALL = {"array_ndims": INTEGER, "array_dims": TEXT, "cardinality": INTEGER}
_OF_ONE = ("array_length", "array_lower", "array_upper")
SHAPE_FUNCTIONS = (*_OF_ALL, *_OF_ONE)


def shape_function(call: Call) -> Expression | None:
    """Bind the call if its argument is such an array; else None."""
    if not call.arguments or not call.arguments[0].type.dimensions:
        return None
    if call.name in _OF_ALL:
        call.expect(1)
        return Apply("array shape", call.arguments, _OF_ALL[call.name], True, (call.name, 0))
    if call.name not in _OF_ONE:
        return None
    call.expect(2)
    place = call.arguments[1]
    if not place.type.is_integer:
        raise nonexistent(call)
    if not isinstance(place, Constant) or place.text is None:
        arguments = call.arguments[0], place.cast(INTEGER)
        return Apply("grid size", arguments, INTEGER, True, (call.name,))
    options = (call.name, int(place.text))
    return Apply("array shape", call.arguments[:1], INTEGER, True, options)
