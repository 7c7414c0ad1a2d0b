"""Key pairs by the request's randomness: OpenSSL's own generator knows no seed, and replay must give equal keys.

An elliptic-curve key is one drawn number. RSA primes take too long to draw, so RSA keys come from a pool. Its primes
are published in `rsa_primes.json`: these keys protect nothing, and stand in emulated accounts only.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

POOL = Path(__file__).with_name("rsa_primes.json")
EXPONENT = 65537


def draw_keys_from(random: Random) -> None:
    """Make `cryptography` draw private keys from this generator; RSA sizes not in the pool get the next larger one."""
    pool: dict[str, list[list[str]]] = json.loads(POOL.read_text())
    sizes = sorted(map(int, pool))

    def generate_private_key(public_exponent: int, key_size: int, backend: Any = None) -> rsa.RSAPrivateKey:
        size = next((size for size in sizes if size >= key_size), sizes[-1])
        p, q = (int(prime, 16) for prime in random.choice(pool[str(size)]))
        return _private_key(p, q)

    def generate_curve_key(curve: ec.EllipticCurve, backend: Any = None) -> ec.EllipticCurvePrivateKey:
        # 64 bits fewer than the curve's order, so that the number is valid on every curve
        return ec.derive_private_key(random.getrandbits(curve.key_size - 64) | 1, curve)

    def generate_edwards_key(_: type[Ed25519PrivateKey]) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(random.randbytes(32))

    Ed25519PrivateKey.generate = classmethod(generate_edwards_key)  # type: ignore[assignment]
    rsa.generate_private_key, ec.generate_private_key = generate_private_key, generate_curve_key


def _private_key(p: int, q: int) -> rsa.RSAPrivateKey:
    d = rsa.rsa_recover_private_exponent(EXPONENT, p, q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(EXPONENT, p * q),
    )  # fmt: skip
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)  # 50 ms for each; the pool was tested
