"""The background: what the account's people and machines do every day, as a stream in the order of time.

People come at their hours, from the office or from home, with their own machine; machines work around the clock with
sessions that they renew; AWS services look after the account. Nobody here means harm, and yet there are mistakes,
refusals and forgotten passwords: what is unusual is so only against what each of them usually does.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import date
from random import Random

from hardenlab.evidence.callers import Caller, assume, foreign, in_console, service, web_identity, with_key
from hardenlab.evidence.cast import Cast, Person, Role, Server
from hardenlab.evidence.draws import DAY, HOUR, MINUTE, resource_id, uuid
from hardenlab.evidence.events import DENIED, Call, Recorder, SignIn, object_call
from hardenlab.evidence.labels import Event

Moments = Iterator[tuple[int, Event]]
Usual = Callable[[Cast, Random], Call]

SDK = (
    "Boto3/1.40.45 md/Botocore#1.40.45 ua/2.1 os/linux#6.1.153-175.280.amzn2023.x86_64 md/arch#x86_64 "
    "lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.40.45"
)
TERRAFORM = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.1 "
    "(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.24.6"
)
EPOCH = date(1970, 1, 1).toordinal()


def midnight(day: date) -> int:
    """The first second of a day in UTC."""
    return (day.toordinal() - EPOCH) * DAY


def population(cast: Cast, start: date, *, days: int | None = None, pace: float = 1.0) -> Iterator[Event]:
    """Events of the whole cast from midnight of `start`, endless without `days`; `pace` is how busy they are."""
    streams = [_person(cast, person, pace) for person in cast.staff]
    streams += [_server(cast, server, pace) for server in cast.servers]
    streams += [_deployments(cast, pace), _backups(cast), _partner(cast), _services(cast, pace)]
    day = midnight(start)
    for _ in range(days) if days is not None else iter(int, 1):
        yield from (event for _, event in heapq.merge(*(stream(day) for stream in streams), key=lambda pair: pair[0]))
        day += DAY


Day = Callable[[int], Moments]


def _person(cast: Cast, person: Person, pace: float) -> Day:
    random = cast.vary.stream(f"habits/{person.user}")
    recorder = Recorder(cast, random)
    usual = USUAL[person.job]

    def day(midnight: int) -> Moments:
        weekday = (midnight // DAY + 3) % 7
        if weekday > 4 and random.random() > 0.06:
            return
        address = person.address(weekday)
        moment = midnight + person.hours[0] * HOUR + random.randint(-20, 40) * MINUTE
        ends = midnight + person.hours[1] * HOUR + random.randint(-40, 60) * MINUTE
        yield from _signs_in(cast, person, random, recorder, moment, address)
        moment += random.randint(60, 120)
        console = in_console(cast, person, random, moment, address)
        keyed = with_key(cast, person, address)
        elevated: Caller | None = None
        while moment < ends:
            caller = console if random.random() < 0.35 else keyed
            if person.job == "administrator":
                if elevated is None or elevated.until <= moment + 10 * MINUTE:
                    made = assume(cast, random, moment, cast.roles["Administrator"], person.user, console)
                    elevated = made.session
                    yield moment, recorder.event(moment, console, made.call)
                    moment += random.randint(2, 9)
                caller = elevated if random.random() < 0.7 else caller
            for _ in range(random.choice((1, 2, 3, 5, 8))):
                yield moment, recorder.event(moment, caller, random.choice(usual)(cast, random))
                moment += random.randint(1, 14)
            moment += int(random.expovariate(pace / (7 * MINUTE))) + 5

    return day


def _signs_in(cast: Cast, person: Person, random: Random, recorder: Recorder, moment: int, address: str) -> Moments:
    """Now and then a password is mistyped."""
    for _ in range(random.choice((0, 0, 0, 0, 0, 0, 1, 1, 2))):
        yield moment, recorder.sign_in(moment, SignIn(person.user, person.user_id, address, person.browser, False))
        moment += random.randint(5, 25)
    yield moment, recorder.sign_in(moment, SignIn(person.user, person.user_id, address, person.browser, True, True))


def _server(cast: Cast, server: Server, pace: float) -> Day:
    """A machine works with its role's session, which EC2 renews every six hours, well before its end."""
    random = cast.vary.stream(f"habits/{server.name}")
    recorder = Recorder(cast, random)
    held: list[Caller] = []

    def day(midnight: int) -> Moments:
        moment = midnight + random.randint(0, 5 * MINUTE)
        renew = moment
        while moment < midnight + DAY:
            if moment >= renew or not held:
                made = assume(
                    cast, random, moment, server.role, server.instance, service("ec2"), seconds=6 * HOUR,
                    on_instance=True,
                )  # fmt: skip
                yield moment, recorder.event(moment, service("ec2"), made.call)
                held[:] = [made.session.at(cast.seen(server), SDK)]
                renew = moment + 5 * HOUR
                moment += random.randint(2, 20)
            yield moment, recorder.event(moment, held[0], random.choice(SERVER_CALLS)(cast, random))
            busy = 1.8 if 8 <= moment % DAY // HOUR <= 20 else 0.6
            moment += int(random.expovariate(pace * busy / (3 * MINUTE))) + 1

    return day


def _deployments(cast: Cast, pace: float) -> Day:
    """A pipeline that its provider vouches for, two to five times on a working day."""
    random = cast.vary.stream("habits/deploy")
    recorder = Recorder(cast, random)
    runner = cast.stranger("pipeline")

    def day(midnight: int) -> Moments:
        if (midnight // DAY + 3) % 7 > 4:
            return
        starts = sorted(midnight + random.randint(8 * HOUR, 17 * HOUR) for _ in range(random.randint(2, 5)))
        free = 0
        for start in starts:
            moment = max(start, free)
            subject = f"repo:{cast.house}/shop:ref:refs/heads/main"
            pipeline = web_identity("token.actions.githubusercontent.com", subject, runner, TERRAFORM)
            made = assume(
                cast, random, moment, cast.roles["deploy"], f"run-{random.randint(10**9, 10**10)}", pipeline, web=True
            )
            yield moment, recorder.event(moment, pipeline, made.call)
            for call in DEPLOYMENT * max(1, round(4 * pace)):
                moment += random.randint(0, 3)
                yield moment, recorder.event(moment, made.session, call(cast, random))
            for call in RELEASE:
                moment += random.randint(1, 8)
                yield moment, recorder.event(moment, made.session, call(cast, random))
            free = moment + MINUTE

    return day


def _backups(cast: Cast) -> Day:
    """Every night at two the volumes and the customers' bucket are copied: much data, by a schedule."""
    random = cast.vary.stream("habits/backup")
    recorder = Recorder(cast, random)
    volumes = [resource_id(random, "vol") for _ in range(6)]
    snapshots: list[str] = []

    def day(midnight: int) -> Moments:
        moment = midnight + 2 * HOUR + random.randint(0, 20)
        made = assume(cast, random, moment, cast.roles["backup"], "nightly", service("scheduler"))
        session = made.session.at("backup.amazonaws.com", "backup.amazonaws.com")
        yield moment, recorder.event(moment, service("scheduler"), made.call)
        for volume in volumes:
            moment += random.randint(1, 4)
            snapshots.append(resource_id(random, "snap"))
            answer = {"SnapshotId": snapshots[-1], "VolumeId": volume, "State": "pending", "OwnerId": cast.account}
            yield (
                moment,
                recorder.event(moment, session, Call("ec2", "CreateSnapshot", {"VolumeId": volume}, answer=answer)),
            )
        for number in range(25):
            moment += random.randint(1, 3)
            name = f"orders/{midnight // DAY - number}.parquet"
            call = object_call(
                cast, "GetObject", cast.buckets["customers"], name, random.randint(10**6, 8 * 10**6), random
            )
            yield moment, recorder.event(moment, session, call)
        while len(snapshots) > 6 * 7:
            moment += random.randint(1, 4)
            call = Call("ec2", "DeleteSnapshot", {"SnapshotId": snapshots.pop(0)})
            yield moment, recorder.event(moment, session, call)

    return day


def _partner(cast: Cast) -> Day:
    """The bookkeeper's account assumes a role every morning and fetches the invoices."""
    random = cast.vary.stream("habits/partner")
    recorder = Recorder(cast, random)
    outside = foreign(cast.partner, random, cast.stranger("bookkeeper"), SDK)

    def day(midnight: int) -> Moments:
        moment = midnight + 6 * HOUR + random.randint(0, 15 * MINUTE)
        made = assume(cast, random, moment, cast.roles["partner"], "bookkeeping", outside)
        yield moment, recorder.event(moment, outside, made.call)
        for number in range(random.randint(3, 9)):
            moment += random.randint(2, 20)
            name = f"invoices/{midnight // DAY}-{number}.pdf"
            call = object_call(
                cast, "GetObject", cast.buckets["customers"], name, random.randint(40_000, 400_000), random
            )
            yield moment, recorder.event(moment, made.session, call)

    return day


def _services(cast: Cast, pace: float) -> Day:
    """CloudTrail asks for its bucket's policy, Config takes stock."""
    random = cast.vary.stream("habits/services")
    recorder = Recorder(cast, random)
    trail, delivers = service("cloudtrail"), Call("s3", "GetBucketAcl", {"Bucket": cast.buckets["logs"]})
    recording = Role("AWSServiceRoleForConfig", f"AROA{'CONFIG'.ljust(16, 'A')}")

    def day(midnight: int) -> Moments:
        for number in range(max(1, round(48 * pace))):
            moment = midnight + number * (DAY // max(1, round(48 * pace))) + random.randint(0, 9)
            yield moment, recorder.event(moment, trail, delivers)
            made = assume(cast, random, moment, recording, "AWSConfig-Describe", service("config"))
            yield moment, recorder.event(moment, service("config"), made.call)
            session = made.session.at("config.amazonaws.com", "config.amazonaws.com")
            for call in STOCKTAKING:
                moment += random.randint(0, 2)
                yield moment, recorder.event(moment, session, call(cast, random))

    return day


def _simple(service: str, name: str) -> Usual:
    call = Call(service, name)
    return lambda cast, random: call


def _bucket(name: str) -> Usual:
    return lambda cast, random: Call("s3", name, {"Bucket": random.choice(list(cast.buckets.values()))})


def _instances(cast: Cast, random: Random) -> Call:
    if random.random() < 0.5:
        return Call("ec2", "DescribeInstances")
    return Call("ec2", "DescribeInstances", {"InstanceIds": [random.choice(cast.servers).instance]})


def _running(cast: Cast, random: Random) -> Call:
    return Call("ec2", "DescribeInstances", {"Filters": [{"Name": "instance-state-name", "Values": ["running"]}]})


def _customer(name: str, low: int, high: int) -> Usual:
    def call(cast: Cast, random: Random) -> Call:
        key = f"orders/{random.randint(2000, 2400)}/{random.randint(1, 9)}.json"
        return object_call(cast, name, cast.buckets["customers"], key, random.randint(low, high), random)

    return call


def _asset(cast: Cast, random: Random) -> Call:
    key = f"assets/{random.choice(('logo.svg', 'shop.css', 'shop.js', 'fonts/quill.woff2'))}"
    return object_call(cast, "GetObject", cast.buckets["web"], key, random.randint(800, 90_000), random)


def _secret(cast: Cast, random: Random) -> Call:
    return Call("secretsmanager", "GetSecretValue", {"SecretId": f"{cast.house}/database"})


def _parameter(cast: Cast, random: Random) -> Call:
    name = f"/{cast.house}/{random.choice(('theme', 'currency', 'mail-from', 'feature-flags'))}"
    return Call("ssm", "GetParameter", {"Name": name, "WithDecryption": random.random() < 0.3})


def _settings(cast: Cast, random: Random) -> Call:
    return Call("ssm", "GetParametersByPath", {"Path": f"/{cast.house}/", "Recursive": True})


def _log_stream(cast: Cast, random: Random) -> Call:
    given = {"logGroupName": f"/{cast.house}/app", "logStreamName": uuid(random)}
    return Call("logs", "CreateLogStream", given)


def _logs(cast: Cast, random: Random) -> Call:
    return Call("logs", "FilterLogEvents", {"logGroupName": f"/{cast.house}/app", "filterPattern": "ERROR"})


def _table(cast: Cast, random: Random) -> Call:
    return Call("dynamodb", "DescribeTable", {"TableName": f"{cast.house}-orders"})


def _function(cast: Cast, random: Random) -> Call:
    return Call("lambda", "GetFunction", {"FunctionName": f"{cast.house}-orders"})


def _metrics(cast: Cast, random: Random) -> Call:
    return Call("cloudwatch", "ListMetrics", {"Namespace": random.choice(("AWS/EC2", "AWS/S3", "AWS/Lambda"))})


def _refused(service: str, name: str, **given: str) -> Usual:
    """Everybody tries a door now and then that is not theirs."""
    return lambda cast, random: Call(service, name, given, error=DENIED)


def _me(cast: Cast, random: Random) -> Call:
    return Call("sts", "GetCallerIdentity")


def _user(name: str) -> Usual:
    return lambda cast, random: Call("iam", name, {"UserName": random.choice(cast.staff).user})


def _office_rule(cast: Cast, random: Random) -> Call:
    group = f"sg-0{hash_of(cast, 'admin-group')}"
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": str(cast.office)}]}
    return Call(
        "ec2", "AuthorizeSecurityGroupIngress", {"GroupId": group, "IpPermissions": [rule]}, answer={"Return": True}
    )


def hash_of(cast: Cast, name: str) -> str:
    """Sixteen hexadecimal digits that are the same each time: the id of a thing that is only spoken of."""
    return f"{cast.vary.stream(f'id/{name}').getrandbits(64):016x}"


def _update(cast: Cast, random: Random) -> Call:
    name = f"{cast.house}-orders"
    bucket = cast.buckets["web"]
    given = {"FunctionName": name, "S3Bucket": bucket, "S3Key": f"releases/{random.randint(1, 400)}.zip"}
    return Call("lambda", "UpdateFunctionCode", given, answer={"FunctionName": name, "Runtime": "python3.13"})


def _release(cast: Cast, random: Random) -> Call:
    key = f"releases/{random.randint(1, 400)}.zip"
    return object_call(cast, "PutObject", cast.buckets["web"], key, random.randint(10**6, 4 * 10**6), random)


LOOKING: tuple[Usual, ...] = (
    _instances, _instances, _running, _simple("s3", "ListBuckets"), _bucket("ListObjectsV2"), _logs, _logs, _metrics,
    _simple("cloudwatch", "DescribeAlarms"), _table, _function, _me, _parameter,
)  # fmt: skip
USUAL: dict[str, tuple[Usual, ...]] = {
    "administrator": (
        *LOOKING,
        _simple("iam", "ListUsers"), _simple("iam", "ListRoles"), _user("GetUser"), _user("ListAccessKeys"),
        _simple("ec2", "DescribeSecurityGroups"), _simple("ec2", "DescribeVpcs"), _bucket("GetBucketPolicy"),
        _bucket("GetPublicAccessBlock"), _simple("cloudtrail", "DescribeTrails"), _office_rule,
        _simple("guardduty", "ListDetectors"), _simple("config", "DescribeConfigRules"),
    ),
    "developer": (
        *LOOKING,
        _update, _release, _logs, _function, _simple("lambda", "ListFunctions"), _log_stream, _asset, _table,
        _simple("ec2", "DescribeSecurityGroups"), _refused("iam", "ListUsers"), _simple("ecr", "DescribeRepositories"),
    ),
    "analyst": (
        _customer("GetObject", 2_000, 900_000), _customer("GetObject", 2_000, 900_000), _bucket("ListObjectsV2"),
        _bucket("ListObjectsV2"), _table, _metrics, _simple("s3", "ListBuckets"), _me,
        _refused("secretsmanager", "ListSecrets"),
    ),
    "auditor": (
        _simple("iam", "ListUsers"), _simple("iam", "ListRoles"), _simple("iam", "GetAccountSummary"),
        _simple("iam", "GenerateCredentialReport"), _bucket("GetBucketPolicy"), _bucket("GetBucketEncryption"),
        _bucket("GetPublicAccessBlock"), _simple("cloudtrail", "DescribeTrails"), _user("ListAccessKeys"),
        _simple("config", "DescribeConfigRules"), _simple("ec2", "DescribeSecurityGroups"),
    ),
}  # fmt: skip
SERVER_CALLS: tuple[Usual, ...] = (
    _customer("PutObject", 500, 40_000), _customer("PutObject", 500, 40_000), _customer("GetObject", 500, 60_000),
    _asset, _asset, _secret, _parameter, _settings, _settings, _log_stream,
)  # fmt: skip
DEPLOYMENT: tuple[Usual, ...] = (
    _simple("ec2", "DescribeVpcs"), _simple("ec2", "DescribeSubnets"), _simple("ec2", "DescribeSecurityGroups"),
    _simple("ec2", "DescribeRouteTables"), _bucket("GetBucketPolicy"), _bucket("GetBucketVersioning"),
    _bucket("GetPublicAccessBlock"), _simple("iam", "ListRoles"), _function, _table,
)  # fmt: skip
RELEASE: tuple[Usual, ...] = (_release, _update)
STOCKTAKING: tuple[Usual, ...] = (
    _simple("ec2", "DescribeSecurityGroups"), _simple("ec2", "DescribeInstances"), _simple("s3", "ListBuckets"),
    _simple("iam", "ListUsers"), _simple("rds", "DescribeDBInstances"),
)  # fmt: skip
