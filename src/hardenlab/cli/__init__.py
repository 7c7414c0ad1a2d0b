"""The command line. Every option carries its help; every mistake gets one sentence and its exit code.

Exit codes: 0 fine, 1 failed or broken content, 2 wrong usage, 3 broken environment, 130 interrupted.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from hardenlab.cli import authors, classroom, cohort, course, environments, explain, learner
from hardenlab.cli.output import complain
from hardenlab.cli.state import State
from hardenlab.model.problem import Problem

DEBUG = "HARDENLAB_DEBUG"
USAGE, BROKEN, INTERRUPTED = 2, 3, 130

app = typer.Typer(
    help="Labs for 'AWS Security Best Practices': mend an emulated AWS account, be graded on its state.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)


@app.callback()
def options(
    context: typer.Context,
    course: Annotated[
        Path | None, typer.Option(help="The course's folder. Default: the nearest parent that is one.")
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option(help="The learner's workspace. Default: the nearest parent, else ~/hardenlab.")
    ] = None,
) -> None:
    context.obj = State(course, workspace)


learner.register(app)
authors.register(app)
cohort.register(app)
course.register(app)
classroom.register(app)
explain.register(app)
environments.register(app)


def main() -> None:
    """Run the command line; the only place that turns errors into exit codes."""
    try:
        code = app(standalone_mode=False)
    except Problem as problem:
        complain(str(problem))
        code = problem.exit_code
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted; what was done is kept.")
        code = INTERRUPTED
    except Exception as error:
        usage = getattr(error, "format_message", None)  # Click's, which typer brings along under a name of its own
        if usage is not None:
            complain(f"{usage().rstrip('.')}. See: hardenlab --help")
            sys.exit(getattr(error, "exit_code", USAGE))
        if os.environ.get(DEBUG):
            traceback.print_exc()
        complain(f"hardenlab failed: {type(error).__name__}: {error}. Set {DEBUG}=1 to see where.")
        code = BROKEN
    sys.exit(code if isinstance(code, int) else 0)
