"""moto: the default environment. A tree of single-threaded processes, each holding one state of the accounts.

The first process imports moto and warms it up; `clone` forks. A seeded process is cloned for each reset, replay and
assessment, so that none of them has to seed again.
"""

from .environment import MotoEnvironment

__all__ = ["MotoEnvironment"]
