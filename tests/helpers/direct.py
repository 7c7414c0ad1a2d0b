"""boto3 clients that reach a Front without a socket: the request becomes the WSGI environ that a server would make."""

import functools
from contextlib import contextmanager
from pathlib import Path

import boto3
import botocore.config

from hardenlab.assess.world import World
from hardenlab.attempt.lookup_events import ACTION, LookupEvents
from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.front.app import Administrator, Front
from hardenlab.front.ledger import Ledger
from hardenlab.journal.file import Journal
from hardenlab.law.direct import raw_environ, send

CHECKOUT = Path(__file__).resolve().parents[2]
COURSES = CHECKOUT / "tests" / "courses"
TINY = COURSES / "tiny"
ADMINISTRATOR = ("AKIAADMINISTRATOR234", "the-administrators-secret")
PORT = 4999


class Account:
    """A front with its ledger, and boto3 clients for it. `clock` is the account's time; set it to travel."""

    def __init__(self, world, path, clock=None, exact=True):
        self.world = world
        self.path = path
        exists = path.exists()
        self.journal = Journal.open(path) if exists else Journal.create(path, {"section": "l1-tiny/1-groups"})
        self.ledger = Ledger(world.fresh, self.journal, clock or Ticker(), exact=exact)
        self.exact = exact
        keys = Administrator(*ADMINISTRATOR, world.account_id, world.region)
        self.front = Front(self.ledger, keys, PORT, {ACTION: LookupEvents(self.ledger)})

    def client(self, service, key=ADMINISTRATOR, token=None, region="us-east-1", **options):
        settings = {"retries": {"max_attempts": 0}, "s3": {"addressing_style": "path"}} | options
        client = session().client(
            service,
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{PORT}",
            aws_access_key_id=key[0] if key else None,
            aws_secret_access_key=key[1] if key else None,
            aws_session_token=token,
            config=botocore.config.Config(**settings),
        )
        client.meta.events.register("before-send.*.*", lambda request, **_: self.send(request))
        return client

    def send(self, request):
        return send(self.front, request)

    def request(self, method, target, headers=None, body=b"", host=f"127.0.0.1:{PORT}"):
        """A raw request, for what boto3 would not send."""
        return self.front.answer(raw_environ(method, target, headers or {}, body, host))

    def reopened(self):
        """The same journal opened again, as after a restart."""
        self.close()
        return Account(self.world, self.path, self.ledger._clock, self.exact)

    def close(self):
        self.ledger.close()


@functools.cache
def session():
    """One boto3 session for all tests of a process: each new one would parse every service model again."""
    return boto3.Session()


class Ticker:
    """A clock that goes on by a second at every look."""

    def __init__(self, start=1_790_000_000.0):
        self.now = start

    def __call__(self):
        self.now += 1
        return self.now


@contextmanager
def tiny_world(root, variant="test-1", flags=None):
    """A world of the tiny course on a clone of a warm backend."""
    course = load_course(TINY)
    world = World.plant(root.clone(), course.root, course.section("l1-tiny"), variant, flags)
    try:
        yield world
    finally:
        world.close()


@contextmanager
def warm_backend(name="moto", **settings):
    """A warm, empty backend of an environment; `settings` go to the environment's class."""
    backend = type(find_environment(name))(**settings).start()
    try:
        yield backend
    finally:
        backend.close()
