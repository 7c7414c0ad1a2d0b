"""endpoint: accounts behind any URL that speaks AWS's protocols and gives every account id a space of its own.

Such a server can neither be forked nor told which ids to give. A backend here is a fresh account of the server; what
was written to it is kept as requests, and a clone is another fresh account to which they are applied again. Towards the
front all of them have the ids that the first one had (see `names`).
"""

from .environment import EndpointEnvironment

__all__ = ["EndpointEnvironment"]
