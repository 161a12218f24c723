"""GROUP BY in a SELECT: replaces group expressions and aggregate calls by columns."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.aggregates.collected import COLLECTED
from materializers.sql.aggregates.ordered_set import ORDERED_SET_NAMES
from materializers.sql.aggregates.registry import representative
from materializers.sql.aggregates.written_call import WrittenCall
from materializers.sql.catalogue import is_grouping
from materializers.sql.expressions.sort_keys import sort_keys
from materializers.sql.expressions.translator import Translator
from materializers.sql.grouping.outer_aggregates import OuterAggregates
from materializers.sql.grouping.parts import GroupingParts
from materializers.sql.grouping.sets import Sets
from materializers.sql.planned import Queries
from materializers.sql.relations.relation import Relation
from materializers.sql.scope import Entry, Field, Scope
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key, refusal
from materializers.sql.types.expression import Apply, ColumnRef, Expression, stored
from materializers.sql.types.sql_type import BIGINT, INTEGER


class Grouping:
    """Collects the groups and aggregates of one SELECT while its select list and HAVING are
    translated, then makes the relation. `before`: translates over the rows of `child`."""

    def __init__(self, planner: Queries, before: Translator, child: Relation) -> None:
        self.planner = planner
        self.before = before
        self.functions = before.functions
        self.parts = GroupingParts(planner, child)
        self._groups: dict[Expression, Expression] = {}
        self._calls: dict[AggregateCall, Expression] = {}
        self._nested: dict[str, Expression] = {}

    def add_sets(self, sets: Sets, is_several: bool) -> None:
        """Add the group expressions of each grouping set. `is_several`: written as sets."""
        parts, constants = self.parts, set[Expression]()
        parts.is_several = is_several
        places: dict[Expression, int] = {}
        for nodes in sets:
            distinct: dict[int, None] = {}
            for node in nodes:
                value = self._comparable(node)
                if node.find(exp.Query) is not None:
                    self._nested[node.sql()] = value
                if value not in places:
                    places[value] = len(places)
                    parts.add_group(self._key(value))
                if node.find(exp.Column, exp.Query) is None:
                    constants.add(value)
                distinct[places[value]] = None
            parts.sets.append(list(distinct))
        settled = parts.everywhere() & {places[each] for each in constants}
        parts.dependent |= {parts.groups[place][0] for place in settled}
        for value, place in places.items():
            name, key = parts.groups[place]
            nullable = value.nullable or any(place not in each for each in parts.sets)
            if key != value and key.type != value.type:
                name = self._shown(name, value)
            self._groups[value] = ColumnRef(name, stored(value).type, nullable)

    def add_outer(self, outer: OuterAggregates) -> None:
        """Aggregates of this query that stand in nested SELECTs: columns for those to name."""
        fields = []
        for name, call in outer.calls.items():
            value = self.hook(call)
            assert isinstance(value, ColumnRef), "an aggregate is a column of the grouping"
            self._groups[value] = value
            fields.append(Field(name, value.column, value.type, value.nullable))
        self.before.scope.entries.append(Entry(outer.alias, tuple(fields)))

    def _key(self, value: Expression) -> Expression:
        """The key of a group expression: equal values have equal keys. With several grouping sets,
        equal wide numerics print the same, so no representative is needed."""
        if self.parts.is_several and value.type.is_wide:
            return Apply("trim scale", (value,), value.type, value.nullable)
        return equality_key(value) or value

    def _shown(self, name: str, value: Expression) -> str:
        """Add a representative for values that are equal but print differently; returns its
        column."""
        self.parts.shown[name] = self.parts.add_aggregate(representative(value))
        return self.parts.shown[name]

    def _comparable(self, node: exp.Expr) -> Expression:
        value = self.before(node)
        if self.functions.has_aggregate(node):
            raise self.before.fail("aggregate functions are not allowed in GROUP BY", node)
        if equality_key(value) is None:
            message, fix = refusal(value.type, "GROUP BY")
            raise self.before.fail(message, node, fix=fix)
        return value

    def _add(self, value: Expression) -> Expression:
        """Add a column that a primary key among the groups determines."""
        if value not in self._groups:
            name = self.parts.add_group(value)
            for each in self.parts.sets:
                each.append(len(self.parts.groups) - 1)
            self._groups[value] = ColumnRef(name, value.type, value.nullable)
        return self._groups[value]

    def extended(self, translate: Translator) -> Translator:
        """A translator that also resolves grouped nested SELECTs. They are compared as written:
        planned twice, the same SELECT would give two different relations."""
        inner = translate.hook
        if not self._nested:
            return translate

        def hook(node: exp.Expr) -> Expression | None:
            if (column := self._nested.get(node.sql())) is not None:
                return self._groups[column]
            return inner(node) if inner is not None else None

        return translate.with_hook(hook)

    def hook(self, node: exp.Expr) -> Expression | None:
        """Translate aggregate calls and group expressions; None for other nodes."""
        if isinstance(node, exp.Filter) and self.functions.is_aggregate(node.this):
            return self._call(node.this, node.expression.this)
        if self.functions.is_aggregate(node):
            return self._call(node, None)
        if is_grouping(node):
            return self._grouping(node)
        if isinstance(node, (exp.Literal, exp.Boolean, exp.Null, exp.Query, exp.Interval)):
            return None
        if self.functions.has_aggregate(node):
            return None
        if isinstance(node, exp.Column):
            return self._column(node)
        if node.find(exp.Query) is None and node.find(exp.Column) is not None:
            return self._groups.get(self.before(node))
        return None

    def _column(self, node: exp.Column) -> Expression:
        value = self.before(node)
        if value in self._groups:
            return self._groups[value]
        if self._is_outer(node):
            return value
        if value.type.name != "record" and self._depends(node):
            return self._add(value)
        raise self.before.fail(
            f'column "{node.sql(dialect="postgres")}" must appear in the GROUP BY clause or be'
            " used in an aggregate function",
            node,
        )

    def _is_outer(self, node: exp.Column) -> bool:
        scope = self.before.scope
        own = Scope(scope.entries, scope.columns)
        field = scope.resolve(node, self.before.fail)
        return field.column not in {f.column for f in own.fields()}

    def _depends(self, node: exp.Column) -> bool:
        """Whether every grouping set contains the primary key of the column's table (manual,
        "SELECT")."""
        field = self.before.scope.resolve(node, self.before.fail)
        grouped = self.parts.columns_everywhere()
        for entry in self.before.scope.entries:
            if field.column in {f.column for f in entry.fields}:
                return bool(entry.key) and all(k in grouped for k in entry.key)
        return False

    def _grouping(self, node: exp.Anonymous) -> Expression:
        """`grouping(a, b)`: a bit for each argument, 1 where the grouping set leaves it out."""
        names = {value: name for name, value in reversed(self.parts.groups)}
        arguments = [self._key(self.before(argument)) for argument in node.expressions]
        if not arguments or not all(value in names for value in arguments):
            message = "arguments to GROUPING must be grouping expressions of this query"
            raise self.before.fail(message, node)
        if len(arguments) > 31:
            raise self.before.fail("GROUPING must have fewer than 32 arguments", node)
        wanted = tuple(names[value] for value in arguments)
        return ColumnRef(self.parts.add_mask(wanted), INTEGER, False)

    def _call(self, node: exp.Expr, condition: exp.Expr | None) -> Expression:
        call = self.functions.aggregate(self._written_call(node, condition))
        if call not in self._calls:
            name = self.parts.add_aggregate(call)
            self._calls[call] = ColumnRef(name, call.type, call.nullable)
        return self._calls[call]

    def _written_call(self, node: exp.Expr, condition: exp.Expr | None) -> WrittenCall:
        within: list[exp.Expr] = []
        if isinstance(node, exp.WithinGroup):
            node, within = node.this, node.expression.expressions
        assert isinstance(node, exp.Anonymous)
        name = str(node.this).lower()
        arguments, order, distinct = unpack(node)
        star = any(isinstance(a, exp.Star) for a in arguments)
        self._refuse(node, arguments, bool(within), star)
        is_constant = name in ORDERED_SET_NAMES
        test = self.before.boolean(condition, "FILTER") if condition is not None else None
        return WrittenCall(
            name,
            () if star or is_constant else tuple(map(self.before, arguments)),
            lambda message: self.before.fail(message, node),
            star,
            distinct,
            order=sort_keys(within or order, self.before),
            ordered_by=tuple(self.before(item.this) for item in within or order),
            tiebreak=self.parts.tiebreak() if name in COLLECTED else (),
            filter=test,
            nodes=tuple(arguments) if is_constant else (),
            is_wide=self.before.source.is_wide,
        )

    def _refuse(
        self, node: exp.Anonymous, arguments: list[exp.Expr], is_within: bool, star: bool
    ) -> None:
        name = str(node.this).lower()
        if any(self.functions.has_aggregate(argument) for argument in arguments):
            raise self.before.fail("aggregate function calls cannot be nested", node)
        if star and name != "count":
            raise self.before.fail(f"{name}(*) does not exist", node)
        if not arguments and name == "count":
            raise self.before.fail("count(*) must be used to call a parameterless count", node)
        if (name in ORDERED_SET_NAMES) != is_within:
            word = "is required for" if name in ORDERED_SET_NAMES else "does not go with"
            raise self.before.fail(f"WITHIN GROUP {word} {name}()", node)

    def relation(self, child: Relation) -> Relation:
        """The relation; call it after everything above is translated. `child`: the input with the
        joins that nested SELECTs have added to it since."""
        names = {v.column: name for name, v in self.parts.groups if isinstance(v, ColumnRef)}
        always = self.parts.columns_everywhere()
        for entry in self.before.scope.entries:
            if entry.key and all(k in always for k in entry.key):
                others = {f.column for f in entry.fields if f.column not in entry.key}
                self.parts.dependent |= {names[column] for column in others & names.keys()}
        if not self.parts.aggregates and not (self.parts.sets and all(self.parts.sets)):
            # the empty grouping set has one row, which needs a column
            self.parts.add_aggregate(AggregateCall("count", (), BIGINT, False))
        self.parts.child = child
        return self.parts.relation()


def unpack(node: exp.Anonymous) -> tuple[list[exp.Expr], list[exp.Expr], bool]:
    """Arguments, ORDER BY and DISTINCT of an aggregate call, out of sqlglot's nesting."""
    order: list[exp.Expr] = []
    distinct = False
    arguments: list[exp.Expr] = []
    for argument in node.expressions:
        if isinstance(argument, exp.Order):
            order = argument.expressions
            argument = argument.this
        if isinstance(argument, exp.Distinct):
            distinct = True
            arguments += argument.expressions
        else:
            arguments.append(argument)
    return arguments, order, distinct
