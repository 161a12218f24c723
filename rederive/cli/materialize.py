"""`rederive materialize`: topics to views to sinks, until told to stop."""

from __future__ import annotations

import typer

from rederive.cli.process_options import ProcessOptions, with_process_options


@with_process_options
def materialize(context: typer.Context, options: ProcessOptions) -> None:
    """Keep every view of the project in its sinks, until Ctrl-C or SIGTERM.

    Example: rederive materialize
    """
    from materializers.materialize import Progress
    from materializers.process import run
    from rederive.cli.process import running
    from rederive.cli.progress import materialize_progress

    with running("materialize", context, options) as process:
        show = materialize_progress(process.bars)

        def on_progress(progress: Progress) -> None:
            process.pulse.beat()
            show(progress)

        run(process.project, process.stop, on_progress)
