"""Commands of a classroom: `hardenlab classroom ...`, where another Unix user keeps the learners' accounts."""

from pathlib import Path
from typing import Annotated

import typer

from hardenlab.cli.output import show_text
from hardenlab.cli.state import State
from hardenlab.model.problem import UsageProblem

classroom = typer.Typer(help="A classroom: learners' accounts run under another Unix user, who signs their journals.")

FolderArgument = Annotated[Path, typer.Argument(help="The classroom's folder, which its own user owns.")]
SOCKET = Path("/run/hardenlab/classroom.sock")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    classroom.command()(init)
    classroom.command()(serve)
    classroom.command()(key)
    classroom.command()(journals)
    app.add_typer(classroom, name="classroom")


def init(
    context: typer.Context,
    folder: FolderArgument,
    releases: Annotated[
        Path | None, typer.Option(help="Where released labs lie: <exchange>/<course>/outbound. Default: no variants.")
    ] = None,
    environment: Annotated[str, typer.Option(help="Where accounts run.")] = "moto",
) -> None:
    """Make the folder and draw the key that signs journals. Run it as the classroom's own user."""
    from hardenlab.classroom.folder import ClassroomFolder

    state: State = context.obj
    made = ClassroomFolder.create(folder, state.course.root, environment, releases)
    show_text(f"{made.root} keeps the learners' journals. For course.toml of the course that is graded:")
    show_text(f'classroom = "{made.public_key()}"')


def serve(
    folder: FolderArgument,
    socket: Annotated[Path, typer.Option(help="Where learners' programs ask for their accounts.")] = SOCKET,
) -> None:
    """Run the learners' accounts until this is ended. Each learner is who the kernel says he is."""
    from hardenlab.classroom.folder import ClassroomFolder
    from hardenlab.classroom.service import serve as run

    run(ClassroomFolder.open(folder), socket)


def key(folder: FolderArgument) -> None:
    """Show the public key: who grades verifies signatures with it."""
    from hardenlab.classroom.folder import ClassroomFolder

    show_text(ClassroomFolder.open(folder).public_key())


def journals(
    context: typer.Context,
    lab: Annotated[str | None, typer.Argument(help="The lab. Default: all that you have begun.")] = None,
) -> None:
    """Put your signed journals beside your notebooks, to be handed in. `nbgrader submit` does it by itself."""
    from hardenlab.attempt.classroom import VARIABLE, classroom_of, enter, fetch_journals

    state: State = context.obj
    room = classroom_of(state.workspace)
    if room is None:
        raise UsageProblem(f"you are in no classroom: {VARIABLE} names no socket. At home journals lie there already.")
    enter(state.workspace, room)
    for path in fetch_journals(state.workspace, room, lab):
        show_text(str(path))
