"""Whether one relation can be captured, by its kind, the role's rights, its key and its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from cdc.config import Source
from cdc.contract.topics import cuts_topic, folded, is_topic_name, schemas_topic, table_topic
from cdc.sources.postgres.fitness.candidates import Candidate, Index
from cdc.sources.postgres.fitness.identity import Unfit, declared_key, key_of, unlike_partition

KINDS = {
    "v": ("a view", "views"), "m": ("a materialized view", "materialized views"),
    "f": ("a foreign table", "foreign tables"), "S": ("a sequence", "sequences"),
}  # fmt: skip


def is_named(name: str, patterns: Iterable[str]) -> bool:
    """Whether any pattern is the name or matches it by wildcards."""
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


class Judge:
    """Judges candidates one by one. Of two that need one topic, the first gets it."""

    def __init__(
        self,
        source: Source,
        user: str,
        everything: dict[int, Candidate],
        details: Sequence[Candidate],
    ) -> None:
        self._source, self._user, self._everything = source, user, everything
        self._bearers = Counter(candidate.name for candidate in everything.values())
        self._leaves: dict[int, list[Candidate]] = {}
        for candidate in details:
            if candidate.root is not None and candidate.kind != "p":
                self._leaves.setdefault(candidate.root, []).append(candidate)
        own = (cuts_topic(source.name), schemas_topic(source.name))
        self._topics = {folded(topic): topic for topic in own}

    def verdict(self, candidate: Candidate) -> Index | Unfit:
        """The key by which it is captured, or why it cannot be."""
        unfit = (
            self._other_kind(candidate)
            or _without_log(candidate, self._leaves.get(candidate.oid, []))
            or self._unreadable(candidate)
        )
        if unfit is not None:
            return unfit
        key = self._declared(candidate) or key_of(candidate)
        if isinstance(key, Unfit):
            return key
        unlike = unlike_partition(candidate, key, self._leaves.get(candidate.oid, []))
        return unlike or self._without_topic(candidate) or key

    def _declared(self, candidate: Candidate) -> Index | Unfit | None:
        """The key that the project declares, or None."""
        columns = self._source.keys.get(candidate.name)
        return declared_key(candidate, columns) if columns else None

    def could_be_captured(self, candidate: Candidate) -> bool:
        """Whether to warn of it: a table, or a partition whose root no pattern matches."""
        if candidate.is_system or candidate.persistence == "t":
            return False
        root = self._everything.get(candidate.root) if candidate.root else None
        return candidate.is_table or (
            root is not None and not is_named(root.name, self._source.tables)
        )

    def _other_kind(self, candidate: Candidate) -> Unfit | None:
        leave_out = "take it out of the source's tables"
        if candidate.is_system:
            return Unfit("is of the system, which PostgreSQL does not publish", leave_out)
        if candidate.persistence == "t":
            return Unfit("is temporary: its changes are in no log", leave_out)
        if candidate.root is not None:
            root = self._everything.get(candidate.root)
            name = root.name if root else "another table"
            return Unfit(f"is a partition of {name}, which is captured as one table",
                         f"name {name} instead")  # fmt: skip
        if candidate.kind in KINDS:
            return Unfit(
                f"is {KINDS[candidate.kind][0]}: its rows are in no log",
                f"{leave_out}, and name the tables it reads"
                if candidate.kind in ("v", "m") else leave_out,
            )  # fmt: skip
        return None

    def _unreadable(self, table: Candidate) -> Unfit | None:
        user = '"' + self._user.replace('"', '""') + '"'
        if not table.may_use_schema:
            return Unfit(f"lies in schema {table.schema}, which user {self._user} may not use",
                         f"GRANT USAGE ON SCHEMA {table.quoted_schema} TO {user}")  # fmt: skip
        if not table.may_select:
            return Unfit("may not be read by this user",
                         f"GRANT SELECT ON {table.quoted} TO {user}")  # fmt: skip
        if table.has_policy:
            # Row security applies to the owner under FORCE, else to other roles.
            fix = f"ALTER ROLE {user} BYPASSRLS, as a superuser"
            if table.is_owned:
                fix = f"ALTER TABLE {table.quoted} NO FORCE ROW LEVEL SECURITY"
            return Unfit(
                f"has row security, which hides rows from user {self._user} and not from the log",
                fix,
            )
        return None

    def _without_topic(self, table: Candidate) -> Unfit | None:
        rename = "rename it, or leave it out of the source's tables"
        if self._bearers[table.name] > 1:
            return Unfit("shares its name with a table of another schema: a dot is in one of them",
                         "rename one of the two")  # fmt: skip
        if "." in table.schema:
            return Unfit(f"lies in schema {table.schema}: with the dot in it, the table's name "
                         "could be read in two ways", "rename the schema, or leave the table out "
                         "of the source's tables")  # fmt: skip
        topic = table_topic(self._source.name, table.name)
        if not is_topic_name(topic):
            return Unfit("cannot name a topic: Kafka takes letters, digits, . _ -, and 249 of them",
                         rename)  # fmt: skip
        other = self._topics.setdefault(folded(topic), topic)
        if other != topic:
            return Unfit(f"needs topic {topic}, which Kafka does not tell from {other}: to its "
                         "metrics . and _ are the same", rename)  # fmt: skip
        return None


def _without_log(table: Candidate, leaves: Sequence[Candidate]) -> Unfit | None:
    if table.persistence == "u":
        return Unfit("is unlogged: its changes are in no log",
                     f"ALTER TABLE {table.quoted} SET LOGGED")  # fmt: skip
    for leaf in leaves:
        if leaf.kind == "f":
            return Unfit(
                f"has the foreign partition {leaf.name}, whose changes are in no log",
                f"ALTER TABLE {table.quoted} DETACH PARTITION {leaf.quoted}, or leave the table "
                "out of the source's tables",
            )
        if leaf.persistence == "u":
            return Unfit(f"has the unlogged partition {leaf.name}, whose changes are in no log",
                         f"ALTER TABLE {leaf.quoted} SET LOGGED")  # fmt: skip
    return None
