"""`rederive materialize`: topics to views to sinks, until told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from rederive.cli.process_options import ProcessOptions, with_process_options

TakeOver = Annotated[
    bool,
    typer.Option(
        "--take-over", help="Take the sinks from the pipeline that writes them, which then stops."
    ),
]


@with_process_options
def materialize(
    context: typer.Context, options: ProcessOptions, take_over: TakeOver = False
) -> None:
    """Maintain every view of the project in its sinks, until Ctrl-C or SIGTERM.

    A sink has one pipeline, identified by its state folder. Exit status 1 where another pipeline
    has a sink, or takes it over.

    Example: rederive materialize
    """
    from materializers.process import run
    from materializers.progress import Progress
    from rederive.cli.process import running
    from rederive.cli.progress import materialize_progress

    with running("materialize", context, options) as process:
        show = materialize_progress(process.bars)

        def on_progress(progress: Progress) -> None:
            process.pulse.beat()
            show(progress)

        run(process.project, process.stop, on_progress, take_over=take_over)
