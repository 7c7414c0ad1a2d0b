"""Secrets in text: user data, environment variables, notebooks, parameters. Planted values first, then patterns.

>>> find_secrets("export DB_PASSWORD=aHVudGVyMi1hbmQtbW9yZQ==", planted={"database password": "hunter2-and-more"})
Findings(found=(Found(kind='database password', certain=True, line=1, column=20, masked='hu… (16 characters)', …),))
"""

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.secrets.found import Findings, Found
from hardenlab.semantics.secrets.search import find_secrets, find_secrets_in

__all__ = ["Findings", "Found", "Malformed", "find_secrets", "find_secrets_in"]
