"""S3 Lifecycle: what has become of an object on a day, and which rules did it.

>>> Lifecycle.read({"Rules": […]}).fate(Stored("logs/1"), 90).storage_class
'GLACIER'
"""

from hardenlab.semantics.lifecycle.fate import Event, Fate, Lifecycle, Probed, probe
from hardenlab.semantics.lifecycle.stored import Stored
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

__all__ = ["Event", "Fate", "Lifecycle", "Malformed", "Probed", "Stored", "Unjudged", "probe"]
