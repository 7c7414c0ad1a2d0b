"""Keys are made from published primes without a look at them each time: here they are looked at."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hardenlab.environments.moto.key_material import EXPONENT, POOL

POOLED = [(int(size), *pair) for size, pairs in json.loads(POOL.read_text()).items() for pair in pairs]


@pytest.mark.parametrize(("size", "p", "q"), POOLED, ids=range(len(POOLED)))
def test_the_primes_of_the_pool_make_valid_keys_of_their_size(size, p, q):
    p, q = int(p, 16), int(q, 16)
    d = rsa.rsa_recover_private_exponent(EXPONENT, p, q)
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    key = rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()  # OpenSSL checks that both are prime
    assert key.key_size == size
