"""moto alone: key material replays, and moved internals are noticed before a learner meets them."""

import subprocess
import sys

import pytest
from hardenlab.environments.moto.environment import MotoEnvironment, backend_variables
from hardenlab.environments.moto.spawned import SpawnedBackend

SPOILS = (
    "determinism._seed = lambda text: None",
    "from moto.moto_api._internal import mock_random; type(mock_random).seed = lambda *_: None",
    "import os; os.urandom = lambda n, c=iter(range(9**9)): next(c).to_bytes(n, 'big')",
)
MOVED = """
import os, sys
from hardenlab.environments.moto.determinism import Determinism
from hardenlab.environments.moto.emulator import Emulator
from hardenlab.environments.moto.self_test import Moved, self_test
from hardenlab.environments.moto.tuning import tune
tune()
determinism = Determinism()
emulator = Emulator(determinism)
emulator.warm_up()
self_test(emulator)
for number, spoil in enumerate(sys.argv[1:]):
    if os.fork() == 0:
        exec(spoil)
        try:
            self_test(emulator)
        except Moved as error:
            print(number, error, flush=True)
        os._exit(0)
    os.wait()
"""


def test_the_self_test_refuses_a_moto_that_answers_differently():
    told = subprocess.run(
        [sys.executable, "-c", MOVED, *SPOILS], capture_output=True, text=True, env=backend_variables()
    )
    lines = told.stdout.splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["0", "1", "2"], told.stderr
    assert all("equal requests answer differently" in line for line in lines)


@pytest.mark.parametrize(("said", "forks"), [(None, True), ("", True), ("0", True), ("1", False), ("yes", False)])
def test_a_user_can_say_no_to_forks(monkeypatch, said, forks):
    monkeypatch.delenv("HARDENLAB_NO_FORK", raising=False)
    if said is not None:
        monkeypatch.setenv("HARDENLAB_NO_FORK", said)
    monkeypatch.setattr(MotoEnvironment, "start_process", lambda _: None)
    assert isinstance(MotoEnvironment().start(), SpawnedBackend) is not forks


def test_key_pairs_and_kms_keys_replay_with_the_same_material(account):
    ec2, kms = account.client("ec2"), account.client("kms")
    ec2.create_key_pair(KeyName="rsa")
    ec2.create_key_pair(KeyName="ed", KeyType="ed25519")
    ids = [
        kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        for spec in ("RSA_2048", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P521", "ECC_SECG_P256K1")
    ]

    def material(account):
        pairs = account.client("ec2").describe_key_pairs()["KeyPairs"]
        keys = [account.client("kms").get_public_key(KeyId=key)["PublicKey"] for key in ids]
        return sorted(pair["KeyFingerprint"] for pair in pairs), keys

    before = material(account)
    again = account.reopened()
    assert material(again) == before
    assert len(set(before[1])) == len(ids)
    again.close()


def test_what_one_key_encrypted_the_replayed_key_decrypts(account):
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    secret = kms.encrypt(KeyId=key, Plaintext=b"figures")["CiphertextBlob"]
    again = account.reopened()
    assert again.client("kms").decrypt(CiphertextBlob=secret)["Plaintext"] == b"figures"
    again.close()
