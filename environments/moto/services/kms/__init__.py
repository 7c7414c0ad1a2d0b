"""AWS KMS beside moto: key states that refuse, rotation with its dates, policies that lock nobody out, imported keys.

moto takes only ids where AWS takes ARNs and aliases, lets disabled keys encrypt and stores any policy. What is written
here resolves the key, asks its state, and lets moto do the rest.

Sources: AWS KMS API Reference; AWS KMS Developer Guide, "Key states of AWS KMS keys", "Rotate AWS KMS keys",
"Importing key material", "Key policies"; "Default key policy" for the lockout safety check.
"""

from . import imports, keys, policies, rotation, usage
from .state import service

__all__ = ["imports", "keys", "policies", "rotation", "service", "usage"]
