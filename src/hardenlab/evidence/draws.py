"""Ids as AWS writes them, drawn from a seeded stream, and the addresses that belong to nobody.

Forms: IAM User Guide, "IAM identifiers" (unique ID prefixes); EC2 User Guide, "Resource IDs".
"""

import ipaddress
from random import Random

from hardenlab.model.variation import Variation

KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# RFC 5737: the only IPv4 addresses outside an account's own networks that a record may show
DOCUMENTATION = tuple(ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
MINUTE, HOUR, DAY = 60, 3600, 86_400


def unique_id(random: Random, prefix: str) -> str:
    """AKIA… (access key), ASIA… (temporary key), AIDA… (user), AROA… (role): 20 characters."""
    return prefix + "".join(random.choices(KEY_ALPHABET, k=16))


def resource_id(random: Random, prefix: str) -> str:
    """i-…, eni-…, sg-… and the like: 17 hexadecimal digits."""
    return f"{prefix}-0{random.getrandbits(64):016x}"


def uuid(random: Random) -> str:
    """A version 4 UUID."""
    text = f"{random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 0x4 << 76 | 0x2 << 62:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def fictional_account(random: Random) -> str:
    """Twelve digits in three runs of four, as AWS's documentation writes accounts that do not exist."""
    return "".join(str(digit) * 4 for digit in random.sample(range(1, 10), 3))


class Strangers:
    """Documentation addresses outside a network: homes, customers, scanners and thieves alike, each by its name.

    A name always has the same address, and another one moves it only where both drew the same.
    """

    def __init__(self, vary: Variation, outside: ipaddress.IPv4Network) -> None:
        self._vary = vary
        self._free = [str(host) for net in DOCUMENTATION for host in net.hosts() if host not in outside]
        self._given: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._given:
            if len(self._given) > len(self._free) - 50:
                raise RuntimeError("the documentation addresses are used up: draw fewer stories and customers")
            taken = set(self._given.values())
            random = self._vary.stream(f"stranger/{name}")
            while (found := random.choice(self._free)) in taken:
                pass
            self._given[name] = found
        return self._given[name]
