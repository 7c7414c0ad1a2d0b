"""LocalStack 4.14.0, the last release that runs without a token: in a process of this machine, in Docker, or by URL.

It is installed apart, into a virtual environment of its own: its emulator and moto are one Python package with two
contents, and it wants a newer Python. What an account is there, `environments/endpoint` says.
"""

from .environment import LocalStackEnvironment

__all__ = ["LocalStackEnvironment"]
