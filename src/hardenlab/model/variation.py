"""Variation: what a variant of a lab draws from the learner's seed. Equal seeds draw equally, for ever."""

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Variation:
    """Draws by name: each draw depends on the variant and its own name only, so a new draw moves no other."""

    def __init__(self, variant: str) -> None:
        self.variant = variant

    def choice(self, name: str, options: Sequence[T]) -> T:
        """One of the options."""
        return self.stream(name).choice(options)

    def sample(self, name: str, options: Sequence[T], count: int) -> list[T]:
        """`count` different options, in a drawn order."""
        return self.stream(name).sample(options, count)

    def shuffled(self, name: str, items: Sequence[T]) -> list[T]:
        """The items in a drawn order."""
        return self.stream(name).sample(items, len(items))

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self.stream(name).randint(low, high)

    def network(self, name: str, prefix: int = 16) -> ipaddress.IPv4Network:
        """A private block inside 10.0.0.0/8 (10.16.0.0 to 10.239.255.255), for an address plan."""
        base = self.stream(name).randint(16, 239) << 16 | 10 << 24
        return ipaddress.IPv4Network((base, prefix))

    def office(self, name: str) -> ipaddress.IPv4Network:
        """A public /28 from the documentation ranges, as somebody's office."""
        net = self.choice(name + "/net", ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"])
        return self.choice(name + "/slice", list(ipaddress.IPv4Network(net).subnets(new_prefix=28))[1:-1])

    def account_id(self) -> str:
        """The twelve digits of the attempt's account."""
        return str(self.stream("account-id").randint(10**11 + 1, 10**12 - 1))

    def stream(self, name: str) -> Random:
        """A source of as many draws as are needed, its own by its name."""
        return Random(hmac.digest(self.variant.encode(), name.encode(), hashlib.sha256))  # noqa: S311
