"""`rederive peek`: the changes on a topic, decoded."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rederive.cli.options import JsonOption, project_of

if TYPE_CHECKING:
    from cdc.config import Kafka
    from rederive.peek import Peeked, Start


def peek(
    context: typer.Context,
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="A topic; the source's prefix may be left out.")
    ],
    from_offset: Annotated[
        int | None,
        typer.Option("--from-offset", metavar="N", min=0, help="Begin at this offset."),
    ] = None,
    partition: Annotated[
        int | None, typer.Option("--partition", metavar="N", min=0, help="Only this partition.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="Stop after so many records.")
    ] = 20,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with new records until Ctrl-C.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show decoded changes of a topic, from an offset.

    Example: rederive peek public.flights --from-offset 1000 --limit 5
    """
    from rederive.peek import Start

    project = project_of(context)
    name = project.source.name
    whole = topic if topic.startswith(f"{name}.") else f"{name}.{topic}"
    start = Start(from_offset, partition, follow)
    _show(project.kafka, whole, start, 0 if follow else limit, as_json)


def _show(kafka: Kafka, topic: str, start: Start, limit: int, as_json: bool) -> None:
    import orjson

    from rederive.cli.screen import rows_out
    from rederive.cli.stopping import stop_on_signals
    from rederive.peek import peek_topic

    stop = stop_on_signals()
    shown = 0
    for record in peek_topic(kafka, topic, start):
        if stop.is_set():
            return
        if record is None:
            continue
        if as_json:
            rows_out().out(orjson.dumps(asdict(record)).decode())
        else:
            _show_record(record)
        shown += 1
        if shown == limit:
            return


def _show_record(record: Peeked) -> None:
    import orjson
    from rich.text import Text

    from rederive.cli.screen import rows_out

    line = Text(f"{record.partition}:{record.offset} ", style="cyan")
    line.append(f"{record.op or ' '} ", style="bold")
    line.append(f"{record.position} ", style="dim")
    line.append(orjson.dumps(record.key).decode(), style="green")
    value = record.value
    shown = value.get("after", value) if isinstance(value, dict) else value
    line.append(" " + orjson.dumps(shown).decode())
    rows_out().print(line, soft_wrap=True)
