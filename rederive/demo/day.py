"""A day of operations: an airline's changes to the source, while views follow.

Every action is one transaction, most over several tables. A seeded random generator draws actions
from the tables' contents, so a day is the same wherever the tables are.
"""

from __future__ import annotations

import datetime
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping

import psycopg

from cdc.position import Lsn

RENAMED_CARRIERS = ("UA", "B6", "EV", "DL")
NEW_PLANES = ("AIRBUS", "BOEING", "EMBRAER", "BOMBARDIER INC")
FLIGHT_NUMBER_MIN = 9_000
PAUSE_S = 0.005

Parameters = tuple[object, ...] | Mapping[str, object]
Connection = psycopg.Connection[tuple[object, ...]]


class Day:
    """One day after the last one in the tables. `counts`: the number of each action."""

    def __init__(self, connection: Connection, seed: int = 1) -> None:
        self._connection = connection
        row = _one(connection, "SELECT max(make_date(year, month, day)) + 1 FROM flights")
        assert isinstance(row[0], datetime.date)
        self.date = row[0]
        self._random = random.Random(seed * 1_000_000 + self.date.toordinal())
        self._flights_added = 0
        self.counts: Counter[str] = Counter()

    def play(self, actions: int, stop: threading.Event, on_action: Callable[[int], None]) -> None:
        """That many actions in random order, one of them a renamed airline; ends early on stop."""
        kinds = [kind for kind, weight in _ACTIONS for _ in range(weight)]
        for number in range(actions):
            if stop.wait(PAUSE_S):
                return
            is_middle = number == actions // 2
            self._do("rename" if is_middle else self._random.choice(kinds))
            on_action(number + 1)

    def play_until(self, stop: threading.Event, pause_s: float) -> None:
        """Random actions, `pause_s` apart, until stopped."""
        kinds = [kind for kind, weight in _ACTIONS for _ in range(weight)]
        while not stop.wait(pause_s):
            self._do(self._random.choice(kinds))

    def close(self) -> Lsn:
        """The day's last commit; returns the position after it."""
        self._do("delay")
        (position,) = _one(self._connection, "SELECT pg_current_wal_insert_lsn()::text")
        return Lsn.parse(str(position))

    def rename(self) -> None:
        """An airline gets another name, which is part of its flights' documents."""
        carrier = self._random.choice(RENAMED_CARRIERS)
        number = self._random.randrange(1_000)
        self._run(
            "UPDATE airlines SET name = regexp_replace(name, ' \\(.*\\)$', '') || %s "
            "WHERE carrier = %s",
            (f" (No. {number})", carrier),
        )

    def insert(self) -> None:
        """New flights of the day, with a new plane for one and its weather."""
        tail = f"N{self._random.randrange(10_000, 99_999)}RD"
        self._run(
            "INSERT INTO planes (tailnum, year, type, manufacturer, model, engines, seats, engine) "
            "VALUES (%s, %s, 'Fixed wing multi engine', %s, %s, 2, %s, 'Turbo-fan') "
            "ON CONFLICT (tailnum) DO NOTHING",
            (
                tail,
                self._random.randrange(1990, 2014),
                self._random.choice(NEW_PLANES),
                f"A{self._random.randrange(300, 400)}",
                self._random.randrange(50, 400),
            ),
        )
        for _ in range(self._random.randrange(1, 6)):
            self._insert_flight(tail)

    def delay(self) -> None:
        """Some flights, of this day and of others, get another delay."""
        minutes = self._random.randrange(-5, 240)
        self._run(
            "UPDATE flights SET dep_delay = %(m)s, arr_delay = %(m)s + 7, "
            "dep_time = (sched_dep_time + 15) %% 2400 "
            "WHERE (time_hour, carrier, flight) IN (" + _SOME + ")",
            {"m": minutes, "from": self._random.randrange(10_000), "some": 8},
        )

    def cancel(self) -> None:
        """A flight is cancelled, and its plane marked as repaired."""
        place = {"from": self._random.randrange(10_000), "some": 1}
        self._run(
            "UPDATE flights SET dep_time = NULL, dep_delay = NULL, arr_time = NULL, "
            "arr_delay = NULL, air_time = NULL "
            "WHERE (time_hour, carrier, flight) IN (" + _SOME + ")",
            place,
        )
        self._run(
            "UPDATE planes SET engine = 'Turbo-jet' WHERE tailnum = (SELECT max(tailnum) "
            "FROM flights WHERE (time_hour, carrier, flight) IN (" + _SOME + "))",
            place,
        )

    def delete(self) -> None:
        """A flight entered by mistake is deleted."""
        self._run(
            "DELETE FROM flights WHERE (time_hour, carrier, flight) IN (" + _SOME + ")",
            {"from": self._random.randrange(10_000), "some": 1},
        )

    def reroute(self) -> None:
        """An airport gets another name, and a few flights go there instead."""
        row = _one(
            self._connection,
            "SELECT faa FROM airports WHERE faa >= %s ORDER BY faa LIMIT 1",
            (self._random.choice("ABCDEFGHIJKLMNOPQRSTUVW"),),
        )
        self._run(
            "UPDATE airports SET name = %s WHERE faa = %s",
            (f"Diversion Field {self._random.randrange(1_000)}", row[0]),
        )
        self._run(
            "UPDATE flights SET dest = %(faa)s WHERE (time_hour, carrier, flight) IN ("
            + _SOME + ")",
            {"faa": row[0], "from": self._random.randrange(10_000), "some": 3},
        )  # fmt: skip

    def renumber(self) -> None:
        """A flight's number, part of its primary key, changes."""
        self._flights_added += 1
        self._run(
            "UPDATE flights f SET flight = %(n)s WHERE (time_hour, carrier, flight) IN ("
            + _SOME + ") AND NOT EXISTS (SELECT FROM flights g WHERE g.time_hour = f.time_hour "
            "AND g.carrier = f.carrier AND g.flight = %(n)s)",
            {
                "n": FLIGHT_NUMBER_MIN + self._flights_added,
                "from": self._random.randrange(10_000),
                "some": 1,
            },
        )  # fmt: skip

    def _do(self, kind: str) -> None:
        with self._connection.transaction():
            getattr(self, kind)()
        self.counts[kind] += 1

    def _insert_flight(self, tail: str) -> None:
        self._flights_added += 1
        hour = self._random.randrange(5, 23)
        origin = self._random.choice(("EWR", "JFK", "LGA"))
        at = datetime.datetime.combine(self.date, datetime.time(hour), datetime.UTC)
        self._run(
            "INSERT INTO flights (year, month, day, sched_dep_time, dep_time, dep_delay, "
            "sched_arr_time, carrier, flight, tailnum, origin, dest, distance, hour, minute, "
            "time_hour) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s) "
            "ON CONFLICT DO NOTHING",
            (
                self.date.year, self.date.month, self.date.day, hour * 100, hour * 100,
                self._random.randrange(-10, 60), (hour * 100 + 300) % 2400,
                self._random.choice(("AA", "B6", "DL", "UA", "WN")),
                FLIGHT_NUMBER_MIN + self._flights_added, tail, origin,
                self._random.choice(("LAX", "ORD", "SFO", "MIA", "SJU")),
                self._random.randrange(200, 2_800), hour, at,
            ),
        )  # fmt: skip
        self._run(
            "INSERT INTO weather (origin, year, month, day, hour, temp, precip, visib, time_hour) "
            "VALUES (%s, %s, %s, %s, %s, %s, 0, 10, %s) ON CONFLICT DO NOTHING",
            (
                origin, self.date.year, self.date.month, self.date.day, hour,
                self._random.randrange(2_000, 9_000) / 100, at,
            ),
        )  # fmt: skip

    def _run(self, query: str, parameters: Parameters) -> None:
        self._connection.execute(query, parameters)


# A few neighbours in key order: found by the primary key, spread over the year.
_SOME = (
    "SELECT time_hour, carrier, flight FROM flights "
    "WHERE time_hour >= (SELECT min(time_hour) + (max(time_hour) - min(time_hour)) "
    "* %(from)s / 10000 FROM flights) ORDER BY time_hour, carrier, flight LIMIT %(some)s"
)
_ACTIONS = (
    ("insert", 30), ("delay", 40), ("cancel", 12), ("delete", 6), ("reroute", 6), ("renumber", 6)
)  # fmt: skip


def _one(
    connection: Connection, query: str, parameters: tuple[object, ...] = ()
) -> tuple[object, ...]:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return row
