"""A class of the tiny course: an instructor's folder, and students whose journals real accounts wrote."""

import shutil
from contextlib import contextmanager

from hardenlab.attempt.server import header_of
from hardenlab.cohort.variants import expected_variant
from hardenlab.environment import find_environment
from hardenlab.journal.file import Journal
from helpers.direct import Account, Ticker, tiny_world

START = 1_790_000_000.0
LAB, NOTEBOOK = "l1-tiny", "1-groups"
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}


class Classroom:
    """Hands in for students, each in the variant that the roster gives him; worlds are shared by variant."""

    def __init__(self, folder, backend):
        self.folder = folder
        self._backend = backend
        self._worlds = {}
        self._open = []

    def submit(self, student, work, handed_in="2026-11-01 12:00:00.000000 UTC", to=None, variant=None):
        """Hand in: `work(account)` makes the journal. Answers the submission's folder."""
        place = to or self.folder.root / "submitted" / student / LAB
        if place.exists():
            shutil.rmtree(place)
        shutil.copytree(self.folder.root / "release" / LAB, place)
        (place / "timestamp.txt").write_text(handed_in)
        world = self._world(variant or expected_variant(self.folder.root, LAB, student) or "home")
        section = self.folder.course().section(LAB)
        path = place / f"{NOTEBOOK}.journal"
        Journal.create(path, header_of(section, world, find_environment("moto")), START).close()
        account = Account(world, path, Ticker(START))
        work(account)
        account.close()
        return place

    def close(self):
        for world in self._open:
            world.__exit__(None, None, None)

    def _world(self, variant):
        if variant not in self._worlds:
            context = tiny_world(self._backend, variant)
            self._worlds[variant] = context.__enter__()
            self._open.append(context)
        return self._worlds[variant]


@contextmanager
def classroom(folder, backend):
    room = Classroom(folder, backend)
    try:
        yield room
    finally:
        room.close()


def close_ssh(account, groups=slice(None)):
    for group in account.world.facts["groups"][groups]:
        account.client("ec2").revoke_security_group_ingress(GroupId=group, **SSH)


def keep_versions(account):
    enabled = {"Status": "Enabled"}
    account.client("s3").put_bucket_versioning(Bucket=account.world.facts["bucket"], VersioningConfiguration=enabled)


def everything(account):
    close_ssh(account)
    keep_versions(account)
    account.ledger.note("answer", {"question": "which_port", "value": "b"})


def half(account):
    close_ssh(account, slice(1))


def nothing(account):
    pass
