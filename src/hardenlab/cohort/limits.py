"""How much of a submission is read, how long it may take, and what the processes that touch it may use."""

import resource

JOURNAL_BYTES = 32 * 1024 * 1024
HEADER_BYTES = 64 * 1024
ANSWER_BYTES = 8 * 1024 * 1024
WALL_SECONDS = 120.0
START_SECONDS = 120.0
ATTEMPTS = 2
WORLDS = 4

# a learner's notebook, all of its processes together
RUN_SECONDS = 300.0
RUN_CPU_SECONDS = 240.0
RUN_PROCESSES = 100
RUN_MEMORY = 2 * 1024**3
CELL_SECONDS = 60.0
CALLS_SECONDS = 30.0
NOTEBOOK_BYTES = 4 * 1024**2
TOLD_BYTES = 1024**2


def restrain(memory: int, file: int, files: int, processes: int) -> None:
    """Limit this process and each that it starts: bytes of memory, bytes of a file, open files; processes of the user.

    Under root the system counts no processes.
    """
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: file,
        resource.RLIMIT_NOFILE: files,
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
