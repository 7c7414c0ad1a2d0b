"""Attacks, each a plot of ordered steps; what they leave behind is labelled.

The steps follow public descriptions of incidents and of the tools that replay them (AWS Security Incident Response
Guide; MITRE ATT&CK, "Cloud Matrix: IaaS"; the techniques that Stratus Red Team documents).
"""

import string
from typing import Any

from hardenlab.evidence.callers import assume, in_console, service, with_key
from hardenlab.evidence.draws import HOUR, MINUTE, resource_id, unique_id
from hardenlab.evidence.events import DENIED, Call, SignIn, object_call
from hardenlab.evidence.habits import hash_of
from hardenlab.evidence.story import Plot, Stage
from hardenlab.evidence.traffic import machines

TOOLS = (
    "Boto3/1.40.30 md/Botocore#1.40.30 ua/2.1 os/linux#6.12.38+kali-amd64 md/arch#x86_64 lang/python#3.13.5 "
    "md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.40.30",
    "aws-cli/2.23.6 md/awscrt#0.23.8 ua/2.0 os/linux#6.8.0-60-generic md/arch#x86_64 lang/python#3.12.3 "
    "md/pyimpl#CPython cfg/retry-mode#standard md/installer#source md/prompt#off",
    "python-requests/2.32.4",
)
SCANNED = (21, 22, 23, 25, 53, 80, 110, 135, 139, 143, 443, 445, 993, 1433, 1521, 2049, 2375, 3000, 3306, 3389, 4444,
           5000, 5432, 5601, 5900, 5985, 6379, 7001, 8000, 8080, 8081, 8443, 8888, 9000, 9090, 9200, 11211,
           27017)  # fmt: skip
MINING_PORTS, POOLS = (
    (3333, 4444, 5555, 14444),
    ("pool.minexmr.example", "stratum.hashvault.example", "xmr.nanopool.example"),
)
TUNNELS = ("t.cdn-metrics.example", "n.telemetry-edge.example", "dns.static-assets.example")


def leaked_key(stage: Stage) -> None:
    """A developer's access key stands in a public repository."""
    cast, random = stage.cast, stage.random
    victim = random.choice(cast.of("developer")[:2])
    thief = with_key(cast, victim, stage.stranger(), random.choice(TOOLS))
    stage.step("tries the key", f"{victim.user} pushed a configuration file with the key to a public repository")
    stage.api(thief, "sts", "GetCallerIdentity")
    stage.wait(20, 90)
    stage.step("looks around", "the key works, and its owner's rights are not known yet")
    for service_name, name in random.sample(ENUMERATION, random.randint(9, 14)):
        error = DENIED if service_name in ("iam", "organizations", "secretsmanager") else ""
        stage.api(thief, service_name, name, error=error)
        stage.wait(1, 12)
    stage.step("takes data", "listing showed a bucket with a promising name")
    bucket = cast.buckets["customers"]
    stage.api(thief, "s3", "ListObjectsV2", {"Bucket": bucket})
    for number in range(random.randint(15, 40)):
        stage.wait(1, 5)
        key = f"orders/{2000 + number}/export.json"
        stage.call(thief, object_call(cast, "GetObject", bucket, key, random.randint(10**6, 9 * 10**6), random))
    stage.wait(2 * MINUTE, 9 * MINUTE)
    stage.step("wants to stay", "a second key outlives the first one's deletion")
    spare = unique_id(random, "AKIA")
    answer = {
        "AccessKey": {"UserName": victim.user, "AccessKeyId": spare, "Status": "Active", "CreateDate": stage.moment}
    }
    stage.api(thief, "iam", "CreateAccessKey", {"UserName": victim.user}, answer=answer)
    stage.wait(30, 200)
    stage.api(with_key(cast, victim, thief.address, thief.agent, spare), "sts", "GetCallerIdentity")


def console_brute_force(stage: Stage) -> None:
    """Somebody guesses passwords at the console until one fits."""
    cast, random = stage.cast, stage.random
    victim = random.choice(cast.of("analyst"))
    address, agent = stage.stranger(), random.choice(cast.staff).browser
    stage.step("guesses names", "sign-in pages answer anybody")
    for _ in range(random.randint(3, 5)):
        stage.sign_in(SignIn(None, "", address, agent, False))
        stage.wait(2, 9)
    stage.step("guesses passwords", f"{victim.user} stands on the company's web page")
    for _ in range(random.randint(25, 60)):
        stage.sign_in(SignIn(victim.user, victim.user_id, address, agent, False))
        stage.wait(2, 14)
    stage.step("signs in", "the password was a common one, and no MFA stood behind it")
    stage.sign_in(SignIn(victim.user, victim.user_id, address, agent, True, mfa=False))
    session = in_console(cast, victim, random, stage.moment, address, mfa=False)
    stage.wait(10, 60)
    stage.step("looks around", "a session in the console shows what the user may see")
    for service_name, name in (("s3", "ListBuckets"), ("ec2", "DescribeInstances"), ("cloudwatch", "DescribeAlarms")):
        stage.api(session, service_name, name)
        stage.wait(3, 30)
    bucket = cast.buckets["customers"]
    stage.api(session, "s3", "ListObjectsV2", {"Bucket": bucket})
    stage.api(session, "secretsmanager", "ListSecrets", error=DENIED)


def metadata_ssrf(stage: Stage) -> None:
    """A web server is made to fetch its own role's credentials and hands them over."""
    cast, random = stage.cast, stage.random
    machine = stage.machine(public=True)
    assert machine.public is not None
    server = next((s for s in cast.servers if s.instance == machine.id), cast.servers[0])
    address, port = stage.stranger(), 443
    stage.step("asks the shop for a page of itself", "the image proxy fetches any address, and IMDSv1 answers GET")
    for _ in range(random.randint(3, 7)):
        stage.talk(address, machine.public, port, sent=(9, 1_900), received=(8, random.randint(900, 4_000)), seconds=1)
        stage.wait(4, 40)
    made = assume(
        cast, random, stage.moment, server.role, machine.id, service("ec2"), seconds=6 * HOUR, on_instance=True
    )
    stage.call(service("ec2"), made.call, harmless=True)
    stage.wait(60, 300)
    stolen = made.session.at(address, random.choice(TOOLS))
    stage.step("uses the role from outside", "the answer held the role's temporary credentials")
    stage.api(stolen, "sts", "GetCallerIdentity")
    stage.wait(5, 30)
    stage.api(stolen, "s3", "ListBuckets")
    for name in ("ListUsers", "ListRoles"):
        stage.wait(2, 12)
        stage.api(stolen, "iam", name, error=DENIED)
    stage.step("takes data", "the shop's role reads the customers' bucket")
    bucket = cast.buckets["customers"]
    stage.api(stolen, "s3", "ListObjectsV2", {"Bucket": bucket})
    for number in range(random.randint(30, 80)):
        stage.wait(1, 3)
        key = f"orders/{2100 + number}/export.json"
        stage.call(stolen, object_call(cast, "GetObject", bucket, key, random.randint(10**6, 9 * 10**6), random))


def exfiltration(stage: Stage) -> None:
    """A machine inside sends far more out than it ever did, at night."""
    random, machine = stage.random, stage.machine(public=False)
    target = stage.stranger()
    stage.step("calls home", "malware came with a dependency and waits for orders")
    for _ in range(random.randint(10, 16)):
        stage.talk(machine.private, target, 443, sent=(6, 640), received=(5, 580), seconds=1)
        stage.wait(60, 60)
    stage.step("sends the data out", "443 is open to everywhere, as it is in most networks")
    for _ in range(random.randint(4, 7)):
        size = random.randint(300 * 10**6, 900 * 10**6)
        stage.talk(
            machine.private, target, 443, sent=(size // 1_400, size), received=(size // 9_000, size // 150),
            seconds=random.randint(300, 1_500),
        )  # fmt: skip
        stage.wait(20 * MINUTE, 40 * MINUTE)


def crypto_mining(stage: Stage) -> None:
    """A deployment key is used to start machines that mine."""
    cast, random = stage.cast, stage.random
    victim = random.choice(cast.of("developer")[2:])
    thief = with_key(cast, victim, stage.stranger(), random.choice(TOOLS))
    stage.step("tries the key", "the key was baked into a container image that anybody could pull")
    stage.api(thief, "sts", "GetCallerIdentity")
    stage.wait(10, 60)
    stage.step("asks what may be started", "quotas decide how much there is to earn")
    stage.api(thief, "ec2", "DescribeInstanceTypes")
    stage.wait(5, 30)
    stage.api(thief, "ec2", "DescribeRegions")
    stage.step("starts machines", "big machines in regions that nobody looks at")
    for region in random.sample(("eu-north-1", "ap-southeast-3", "sa-east-1", "ca-west-1", "me-central-1"), 3):
        for _ in range(random.randint(1, 3)):
            stage.wait(2, 25)
            launch = _launch(stage, random.choice(("p4d.24xlarge", "g5.48xlarge", "c7i.48xlarge")))
            if random.random() < 0.3:
                message = "You have requested more vCPU capacity than your current vCPU limit allows"
                refused = Call(
                    "ec2", "RunInstances", launch, error="Client.VcpuLimitExceeded", message=message, region=region
                )
                stage.call(thief, refused)
                continue
            answer = {
                "ReservationId": resource_id(random, "r"),
                "OwnerId": cast.account,
                "Instances": [
                    {"InstanceId": resource_id(random, "i"), "InstanceType": launch["InstanceType"]}
                    for _ in range(launch["MaxCount"])
                ],
            }
            stage.call(thief, Call("ec2", "RunInstances", launch, answer=answer, region=region))
    stage.step("mines", "a machine of the shop was taken along: it speaks to a mining pool")
    machine, pool, name = stage.machine(), cast.stranger("mining pool"), random.choice(POOLS)
    for _ in range(random.randint(5, 9)):
        stage.wait(10, 60)
        stage.ask(machine, name, answers=(pool,))
        size = random.randint(40_000, 90_000)
        stage.talk(
            machine.private,
            pool,
            random.choice(MINING_PORTS),
            sent=(size // 200, size),
            received=(size // 220, size // 2),
            seconds=random.randint(1_500, 3_000),
        )
        stage.wait(45 * MINUTE, 60 * MINUTE)


def log_tampering(stage: Stage) -> None:
    """Somebody with an administrator's session puts the lights out before he works."""
    cast, random = stage.cast, stage.random
    victim = random.choice(cast.of("administrator"))
    key = with_key(cast, victim, stage.stranger(), random.choice(TOOLS))
    stage.step("becomes administrator", f"{victim.user}'s key was stolen from a laptop, and the role asks for no MFA")
    made = assume(cast, random, stage.moment, cast.roles["Administrator"], victim.user, key)
    stage.call(key, made.call)
    thief = made.session
    stage.wait(10, 90)
    stage.api(thief, "cloudtrail", "DescribeTrails")
    stage.wait(5, 40)
    stage.step("stops the trail", "what is not recorded cannot be read")
    trail = cast.arn("cloudtrail", f"trail/{cast.trail}")
    given = {
        "TrailName": cast.trail,
        "EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False}],
    }
    stage.api(thief, "cloudtrail", "PutEventSelectors", given, answer={"TrailARN": trail})
    stage.wait(10, 60)
    stage.api(thief, "cloudtrail", "StopLogging", {"Name": trail})
    stage.wait(10, 60)
    stage.step("deletes what was recorded", "the log bucket has no lock")
    bucket = cast.buckets["logs"]
    stage.api(
        thief, "s3", "PutBucketVersioning", {"Bucket": bucket, "VersioningConfiguration": {"Status": "Suspended"}}
    )
    for number in range(random.randint(6, 15)):
        stage.wait(1, 6)
        name = f"AWSLogs/{cast.account}/CloudTrail/{cast.region}/{number:04}.json.gz"
        stage.call(thief, object_call(cast, "DeleteObject", bucket, name, 0, random))
    stage.step("blinds the other watchers", "GuardDuty and the flow logs still see")
    detector = hash_of(cast, "detector") * 2
    stage.api(thief, "guardduty", "DeleteDetector", {"DetectorId": detector})
    stage.wait(5, 30)
    stage.api(thief, "ec2", "DeleteFlowLogs", {"FlowLogIds": [f"fl-0{hash_of(cast, 'flow-log')}"]})


def _launch(stage: Stage, size: str) -> dict[str, Any]:
    return {
        "ImageId": f"ami-0{hash_of(stage.cast, size)}",
        "InstanceType": size,
        "MinCount": 1,
        "MaxCount": stage.random.randint(2, 8),
        "UserData": "bWluZQ==",
    }


def port_scan(stage: Stage) -> None:
    """One address tries every port of every public machine."""
    random, source = stage.random, stage.stranger()
    victims = [machine for machine in machines(stage.network) if machine.public]
    stage.step("scans", "public addresses are found by trying them")
    for victim in victims:
        for port in random.sample(SCANNED, random.randint(26, len(SCANNED))):
            mine = random.randint(33_000, 60_000)
            stage.talk(source, str(victim.public), port, sent=(1, 44), received=(1, 40), source_port=mine)
            stage.wait(0, 2)
    stage.step("tries what is open", "a port that answers is worth a second look")
    for victim in victims:
        stage.wait(1, 20)
        stage.talk(source, str(victim.public), 443, sent=(12, 2_600), received=(14, 18_000), seconds=2)


def dns_tunnelling(stage: Stage) -> None:
    """Data leaves inside the names that a machine asks for: DNS is open where everything else is closed."""
    random, machine = stage.random, stage.machine()
    domain = random.choice(TUNNELS)
    alphabet = string.ascii_lowercase + "234567"
    stage.step("opens the tunnel", "the malware's first query agrees on a session")
    stage.ask(machine, f"hello.{domain}", "TXT", ("ok",))
    stage.step("sends data in names", "each query carries some bytes of a file")
    for number in range(random.randint(300, 600)):
        stage.wait(0, 3)
        data = ".".join("".join(random.choices(alphabet, k=random.randint(40, 60))) for _ in range(2))
        stage.ask(machine, f"{number:04x}.{data}.{domain}", "TXT", ("".join(random.choices(alphabet, k=24)),))


ENUMERATION = (
    ("s3", "ListBuckets"), ("ec2", "DescribeInstances"), ("ec2", "DescribeSecurityGroups"), ("iam", "ListUsers"),
    ("ec2", "DescribeVpcs"), ("iam", "ListRoles"), ("iam", "GetAccountSummary"), ("lambda", "ListFunctions"),
    ("rds", "DescribeDBInstances"), ("secretsmanager", "ListSecrets"), ("organizations", "DescribeOrganization"),
    ("dynamodb", "ListTables"), ("iam", "ListGroups"), ("ec2", "DescribeSnapshots"), ("iam", "ListAccessKeys"),
)  # fmt: skip
ATTACKS: dict[str, Plot] = {
    plot.__name__: plot
    for plot in (
        leaked_key, console_brute_force, metadata_ssrf, exfiltration, crypto_mining, log_tampering, port_scan,
        dns_tunnelling,
    )
}  # fmt: skip
