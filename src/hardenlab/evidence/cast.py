"""The cast: who works in the account, from where and with what, drawn once and the same in every log."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Literal

from hardenlab.evidence.draws import Strangers, fictional_account, unique_id
from hardenlab.model.variation import Variation

Job = Literal["administrator", "developer", "analyst", "auditor"]

NAMES = (
    "ada", "ben", "carla", "dmitri", "esra", "farid", "greta", "hiro", "ines", "jonas", "kofi", "lena", "mateo",
    "nadia", "omar", "priya", "quentin", "rosa", "samir", "tuva", "ursula", "viktor", "wanda", "xenia", "yusuf", "zoe",
)  # fmt: skip
HOUSES = ("harbour", "lantern", "orchard", "quill", "saffron", "willow", "cobalt", "juniper")
JOBS: tuple[Job, ...] = (
    "administrator", "administrator", "developer", "developer", "developer", "developer", "analyst", "analyst",
    "analyst", "auditor",
)  # fmt: skip
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Safari/605.1.15",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
)
SYSTEMS = ("linux#6.8.0-85-generic", "macos#24.6.0", "windows#11", "linux#6.14.0-33-generic")


@dataclass(frozen=True, slots=True)
class Person:
    """An IAM user with habits: hours in UTC, the office's address and one at home, a machine."""

    user: str
    job: Job
    user_id: str
    key: str
    office: str
    home: str
    hours: tuple[int, int]
    browser: str
    command_line: str
    home_days: frozenset[int]
    """Weekdays (0 is Monday) on which the person works from home."""

    def address(self, weekday: int) -> str:
        return self.home if weekday in self.home_days else self.office


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role."""

    name: str
    id: str


@dataclass(frozen=True, slots=True)
class Server:
    """A machine of the account and the role that it has."""

    name: str
    instance: str
    private: str
    public: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class Cast:
    """An account with those who use it. `Cast.drawn` makes one, of the account's own names where it has any."""

    account: str
    region: str
    house: str
    office: IPv4Network
    block: IPv4Network
    """The VPC's own addresses."""
    nat: str
    """The address by which the world sees machines without one of their own."""
    staff: tuple[Person, ...]
    servers: tuple[Server, ...]
    roles: dict[str, Role]
    buckets: dict[str, str]
    """What a bucket is for, and its name: "web", "customers", "backups", "logs"."""
    trail: str
    partner: str
    """The account of a partner who assumes a role every day."""
    vary: Variation = field(repr=False)
    _strangers: Strangers = field(repr=False, compare=False)

    @classmethod
    def drawn(
        cls,
        vary: Variation,
        *,
        account: str | None = None,
        region: str = "us-east-1",
        office: str | None = None,
        servers: tuple[Server, ...] = (),
        buckets: dict[str, str] | None = None,
    ) -> "Cast":
        """Draw a cast; account, office (a network), servers and buckets may be the lab's own."""
        random = vary.stream("cast")
        network = IPv4Network(office) if office else vary.office("office")
        unused = Strangers(vary, network)
        house = random.choice(HOUSES)
        roles = {
            name: Role(
                f"{house}-{name}" if name not in ("Administrator", "ReadOnly") else name, unique_id(random, "AROA")
            )
            for name in ("Administrator", "ReadOnly", "web", "app", "orders", "backup", "deploy", "partner")
        }
        own = fictional_account(random)
        number = random.randint(1000, 9999)
        names = {use: f"{house}-{use}-{number}" for use in ("web", "customers", "backups", "logs")}
        hosts = list(network.hosts())
        staff = tuple(
            _person(vary, user, job, str(hosts[at % len(hosts)]), unused[user])
            for at, (user, job) in enumerate(zip(random.sample(NAMES, len(JOBS)), JOBS, strict=True))
        )
        block = vary.network("vpc")
        if not servers:
            servers = tuple(_servers(vary, block, roles, unused))
        return cls(
            account or own, region, house, network, block, unused["nat"], staff, servers, roles,
            names | (buckets or {}),
            f"{house}-trail", fictional_account(random), vary, unused,
        )  # fmt: skip

    def stranger(self, name: str) -> str:
        """An address outside the account, the same for a name each time; RuntimeError when all 700 are given away."""
        return self._strangers[name]

    def seen(self, server: Server) -> str:
        """The address by which AWS and the world see a machine."""
        return server.public or self.nat

    def of(self, job: Job) -> tuple[Person, ...]:
        """The people who do a job."""
        return tuple(person for person in self.staff if person.job == job)

    def arn(self, service: str, rest: str) -> str:
        """An ARN of the account: `arn("iam", "user/ada")`."""
        return f"arn:aws:{service}:{'' if service in ('iam', 'sts') else self.region}:{self.account}:{rest}"


def _person(vary: Variation, user: str, job: Job, office: str, home: str) -> Person:
    random = vary.stream(f"person/{user}")
    starts = random.choice((7, 7, 8, 8, 9))
    python = random.choice(("3.13.7", "3.12.11", "3.13.5"))
    system, version = random.choice(SYSTEMS), f"2.{random.randint(28, 32)}.{random.randint(0, 24)}"
    return Person(
        user,
        job,
        unique_id(random, "AIDA"),
        unique_id(random, "AKIA"),
        office,
        home,
        (starts, starts + random.choice((8, 9))),
        random.choice(BROWSERS),
        f"aws-cli/{version} md/awscrt#0.27.6 ua/2.1 os/{system} md/arch#x86_64 lang/python#{python} md/pyimpl#CPython "
        "cfg/retry-mode#standard md/installer#exe md/prompt#off",
        frozenset(random.sample(range(5), random.choice((0, 1, 2)))),
    )


def _servers(vary: Variation, block: IPv4Network, roles: dict[str, Role], unused: Strangers) -> Iterator[Server]:
    random = vary.stream("servers")
    base = block.network_address
    for at, (name, role) in enumerate((("web-1", "web"), ("web-2", "web"), ("app-1", "app"), ("app-2", "app"))):
        public = unused[name] if role == "web" else None
        private = str(base + 256 * (at // 2 + 1) + random.randint(10, 99) + 100 * (at % 2))
        yield Server(name, f"i-0{random.getrandbits(64):016x}", private, public, roles[role])
