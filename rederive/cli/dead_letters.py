"""`rederive dead-letters`: lists, retries and drops rows that a sink's target refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rederive.cli.options import JsonOption, project_of

if TYPE_CHECKING:
    from materializers.project.project import Project

dead_letters_group = typer.Typer(name="dead-letters", no_args_is_help=True)

SILENCE_MAX_S = 120.0
KEY_CHARACTERS = 40

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Letters, as `list` names them.")
]
SinkOption = Annotated[str, typer.Option("--sink", metavar="NAME", help="Only this sink's.")]
ViewOption = Annotated[str, typer.Option("--view", metavar="NAME", help="Only this view's.")]
AllOption = Annotated[bool, typer.Option("--all", help="All of them.")]


@dead_letters_group.callback()
def dead_letters() -> None:
    """Rows that a sink's target refused: set aside in a topic while the others go on.

    A later version of the row that is accepted, or its deletion, removes the letter.
    """


@dead_letters_group.command("list")
def list_letters(
    context: typer.Context,
    sink: SinkOption = "",
    view: ViewOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the rows that are set aside, with the reason of each.

    Example: rederive dead-letters list --sink orders_index
    """
    from rederive.cli.screen import out

    letters = _letters(project_of(context), [], sink, view)
    if as_json:
        _print_json([{**letter, "document": None} for letter in letters.values()])
        return
    from rich.text import Text

    from rederive.cli.tables import plain_table

    table = plain_table(f"{len(letters):,} rows are set aside")
    for name in ("id", "sink", "key", "cut", "reason"):
        table.add_column(name, no_wrap=name in ("id", "sink"))
    for letter in letters.values():
        key = _json(letter["key"])[:KEY_CHARACTERS]
        table.add_row(
            *(Text(text) for text in (letter["id"], letter["sink"], key, letter["cut"])),
            Text(letter["reason"]),
        )
    out().print(table)


@dead_letters_group.command()
def show(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Letters, as `list` names them.")],
    as_json: JsonOption = False,
) -> None:
    """Show letters in full: the refused row, and the target's reason.

    Example: rederive dead-letters show 3f2a9c04d1e7
    """
    from rederive.cli.screen import out

    letters = _letters(project_of(context), ids)
    if as_json:
        _print_json(list(letters.values()))
        return
    for letter in letters.values():
        for name in ("id", "sink", "view", "generation", "key", "cut", "reason", "document_bytes"):
            value = letter[name]
            shown = value if isinstance(value, str) else _json(value)
            out().print(f"{name}: {shown}", soft_wrap=True, markup=False, highlight=False)
        out().out(_json(letter["document"], indent=True))


@dead_letters_group.command()
def retry(
    context: typer.Context,
    ids: Ids = None,
    sink: SinkOption = "",
    view: ViewOption = "",
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send rows once more, as they are now, after the target was changed to take them.

    The running `rederive materialize` sends them. Exit status 1 where one is refused again.

    Example: rederive dead-letters retry --sink orders_index
    """
    from cdc.errors import RederiveError
    from rederive.cli.screen import err, show_json

    project = project_of(context)
    names = _chosen(project, ids or [], sink, view, every)
    answer = _asked(project, "retry_dead_letters", names)
    if answer is None:
        raise RederiveError(
            "No materialize runs here, and it is what sends rows.",
            fix="start `rederive materialize`, then retry",
        )
    if as_json:
        show_json(answer)
    else:
        sent, refused = answer["sent"], answer["refused"]
        err().print(f"Sent once more: {sent:,}, refused again: {refused:,}.")
    if answer["refused"]:
        raise typer.Exit(1)


@dead_letters_group.command()
def drop(
    context: typer.Context,
    ids: Ids = None,
    sink: SinkOption = "",
    view: ViewOption = "",
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Drop letters: their rows stay out of the sink until they change, and are not counted.

    Example: rederive dead-letters drop 3f2a9c04d1e7
    """
    from rederive.cli.screen import err, show_json

    project = project_of(context)
    names = _chosen(project, ids or [], sink, view, every)
    answer = _asked(project, "drop_dead_letters", names)
    if answer is None:
        from materializers.delivery.dead_letters.dead_letters import DeadLetters
        from materializers.delivery.dead_letters.orders import drop as drop_letters
        from materializers.delivery.dead_letters.topic import DeadLetterTopic

        topic = DeadLetterTopic(project.kafka, project.source.name)
        answer = drop_letters(DeadLetters(topic), names)
    if as_json:
        show_json(answer)
    else:
        err().print(f"Dropped: {answer['dropped']:,}.")


def _chosen(project: Project, ids: list[str], sink: str, view: str, every: bool) -> list[bytes]:
    """The names of the chosen letters. Raises BadParameter where nothing is chosen."""
    if not (ids or sink or view or every):
        raise typer.BadParameter("say which: by ID, --sink, --view, or --all")
    return list(_letters(project, ids, sink, view))


def _letters(
    project: Project, ids: list[str], sink: str = "", view: str = ""
) -> dict[bytes, dict[str, Any]]:
    """The chosen open letters, by name, oldest first. Numbers of rows keep their digits. Raises
    BadParameter for an unknown ID, sink or view."""
    import orjson

    from materializers.delivery.dead_letters.topic import DeadLetterTopic

    raw = orjson.Fragment
    letters = {
        name: dict(json.loads(value, parse_int=raw, parse_float=raw))
        for name, value in DeadLetterTopic(project.kafka, project.source.name).read().items()
    }
    known = {letter["id"] for letter in letters.values()}
    if missing := [id_ for id_ in ids if id_ not in known]:
        raise typer.BadParameter(f"there is no letter {', '.join(missing)} (any more)")
    # A sink that was removed from the project may still have letters.
    sinks = {each.name for each in project.sink_definitions}
    _require_known("sink", sink, sinks | {letter["sink"] for letter in letters.values()})
    views = {each.name for each in project.views}
    _require_known("view", view, views | {letter["view"] for letter in letters.values()})
    return {
        name: letter
        for name, letter in letters.items()
        if (not ids or letter["id"] in ids)
        and sink in ("", letter["sink"])
        and view in ("", letter["view"])
    }


def _require_known(kind: str, name: str, known: set[str]) -> None:
    """Raises BadParameter for an unknown name: an empty list would look as if no row were set
    aside."""
    if name and name not in known:
        there = f": there are {', '.join(sorted(known))}" if known else ""
        raise typer.BadParameter(f"there is no {kind} {name}{there}")


def _asked(project: Project, command: str, names: list[bytes]) -> dict[str, Any] | None:
    """The running process's answer; None where none runs."""
    from cdc.control import Control

    control = Control.connect(project.pipeline.state, "materialize")
    if control is None:
        return None
    texts = [name.decode() for name in names]
    return dict(control.request(command, silence_max_s=SILENCE_MAX_S, names=texts))


def _json(value: object, indent: bool = False) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0).decode()


def _print_json(value: object) -> None:
    """JSON with every digit of its numbers."""
    from rederive.cli.screen import out

    out().out(_json(value, indent=True))
