"""Decoys: what looks like an attack and is none. Nothing here is labelled; `because` says how to tell."""

from hardenlab.evidence.attacks import ENUMERATION, SCANNED
from hardenlab.evidence.callers import assume, in_console, root, service
from hardenlab.evidence.draws import DAY, HOUR, MINUTE, resource_id, unique_id
from hardenlab.evidence.events import ROOT, Call, SignIn
from hardenlab.evidence.habits import hash_of
from hardenlab.evidence.story import Plot, Stage
from hardenlab.evidence.traffic import machines


def administrator_at_the_office(stage: Stage) -> None:
    """An administrator lists everything and makes a key for a colleague, as one who steals does."""
    cast, random = stage.cast, stage.random
    person, colleague = random.choice(cast.of("administrator")), random.choice(cast.of("analyst"))
    stage.story.because = f"{person.user} called from the office with MFA, in the Administrator role, at noon"
    _noon(stage)
    console = in_console(cast, person, random, stage.moment - 90, person.office)
    made = assume(cast, random, stage.moment, cast.roles["Administrator"], person.user, console)
    stage.step("takes stock", "the audit is next week")
    stage.call(console, made.call)
    for service_name, name in ENUMERATION:
        stage.wait(2, 15)
        stage.api(made.session, service_name, name)
    stage.step("makes a key", f"{colleague.user}'s key is 90 days old and is rotated")
    stage.wait(30, 90)
    key = unique_id(random, "AKIA")
    answer = {
        "AccessKey": {"UserName": colleague.user, "AccessKeyId": key, "Status": "Active", "CreateDate": stage.moment}
    }
    stage.api(made.session, "iam", "CreateAccessKey", {"UserName": colleague.user}, answer=answer)
    stage.wait(60, 200)
    old = {"UserName": colleague.user, "AccessKeyId": colleague.key, "Status": "Inactive"}
    stage.api(made.session, "iam", "UpdateAccessKey", {**old, "Status": "Active"})


def forgotten_password(stage: Stage) -> None:
    """Somebody types a password wrong again and again."""
    person = stage.random.choice(stage.cast.of("developer"))
    stage.story.because = f"{person.user} tried seven times from home on the usual machine, then came in with MFA"
    stage.step("types", "the caps lock key")
    for _ in range(7):
        stage.sign_in(SignIn(person.user, person.user_id, person.home, person.browser, False))
        stage.wait(12, 50)
    stage.sign_in(SignIn(person.user, person.user_id, person.home, person.browser, True, mfa=True))


def nightly_export(stage: Stage) -> None:
    """A machine inside sends much data out, every night at three."""
    machine, target = stage.machine(), stage.stranger()
    stage.story.facts["archive"] = target
    stage.story.because = f"the same amount goes to the archive {target} at 03:00 every night of the log"
    stage.step("exports", "the archive keeps a copy for ten years")
    for midnight in range(stage.first, stage.end, DAY):
        stage.moment = midnight + 3 * HOUR
        size = 420 * 10**6 + stage.random.randint(0, 4 * 10**6)
        out, back = (size // 1_400, size), (size // 9_000, size // 150)
        stage.talk(machine.private, target, 443, sent=out, received=back, seconds=1_200)


def pen_test(stage: Stage) -> None:
    """Every port of every public machine is tried, by order."""
    random, tester = stage.random, stage.stranger()
    stage.story.facts["tester"] = tester
    stage.story.because = f"the pen-test was announced for this day, from {tester} alone"
    stage.step("scans", "the contract says so")
    for machine in machines(stage.network):
        for port in random.sample(SCANNED, 30) if machine.public else ():
            stage.talk(tester, str(machine.public), port, sent=(1, 44), received=(1, 40))
            stage.wait(0, 3)


def trail_change(stage: Stage) -> None:
    """The trail's settings are touched, from the office and by a change."""
    cast, random = stage.cast, stage.random
    person = random.choice(cast.of("administrator"))
    change = f"CHG-{random.randint(10_000, 99_999)}"
    stage.story.facts["change"] = change
    stage.story.because = f"change {change}: {person.user} turned on validation, and logging never stopped"
    _noon(stage)
    console = in_console(cast, person, random, stage.moment - 300, person.office)
    made = assume(cast, random, stage.moment, cast.roles["Administrator"], change, console)
    stage.step("changes the trail", "an auditor asked for log file validation")
    stage.call(console, made.call)
    stage.wait(20, 60)
    stage.api(made.session, "cloudtrail", "GetTrailStatus", {"Name": cast.trail})
    stage.wait(20, 60)
    answer = {"Name": cast.trail, "LogFileValidationEnabled": True}
    given = {"Name": cast.trail, "EnableLogFileValidation": True}
    stage.api(made.session, "cloudtrail", "UpdateTrail", given, answer=answer)
    stage.wait(5, 30)
    stage.api(made.session, "cloudtrail", "StartLogging", {"Name": cast.trail})


def root_at_the_office(stage: Stage) -> None:
    """The root user signs in, which hardly ever happens."""
    cast, random = stage.cast, stage.random
    person = cast.of("administrator")[0]
    stage.story.because = f"the owner sat at {person.user}'s desk, with MFA, and changed the security contact"
    _noon(stage)
    stage.step("signs in", "only the root user could, the form said")
    stage.sign_in(SignIn(ROOT, "", person.office, person.browser, True, mfa=True))
    owner = root(cast, random, stage.moment, person.office, person.browser)
    stage.wait(40, 90)
    stage.api(owner, "iam", "GetAccountSummary")
    stage.wait(20, 90)
    contact = {"Name": "Security", "Title": "Team", "EmailAddress": "security@example.com", "PhoneNumber": "+15550100"}
    stage.api(owner, "account", "PutAlternateContact", {"AlternateContactType": "SECURITY", **contact})


def reputation_lookups(stage: Stage) -> None:
    """Long names that mean nothing, a few an hour: a virus scanner asks whether files are known."""
    machine, random = stage.machine(), stage.random
    stage.story.because = "the labels are hashes of one length, and 40 queries in ten hours carry no data worth taking"
    stage.step("asks", "each new file is looked up by its hash")
    for _ in range(40):
        stage.wait(5 * MINUTE, 20 * MINUTE)
        stage.ask(machine, f"{random.getrandbits(160):040x}.files.reputation.example", "A", ("192.0.2.53",))


def scaling_out(stage: Stage) -> None:
    """Machines are started by the dozen: the shop has a sale."""
    cast, random = stage.cast, stage.random
    role = cast.roles["web"]
    stage.story.because = "the auto scaling group's own role started the usual kind in the usual region"
    stage.step("scales", "the load balancer counts more requests")
    scaler = service("autoscaling")
    made = assume(cast, random, stage.moment, role, "AutoScaling", scaler)
    stage.call(scaler, made.call)
    session = made.session.at("autoscaling.amazonaws.com", "autoscaling.amazonaws.com")
    for _ in range(6):
        stage.wait(30, 120)
        id = resource_id(random, "i")
        launch = {"ImageId": f"ami-0{hash_of(cast, 'web')}", "InstanceType": "t3.small", "MinCount": 1, "MaxCount": 1}
        answer = {"OwnerId": cast.account, "Instances": [{"InstanceId": id, "InstanceType": "t3.small"}]}
        stage.call(session, Call("ec2", "RunInstances", launch, answer=answer))


def _noon(stage: Stage) -> None:
    """Go to about noon of a working day: of that day, or of the Friday before."""
    day = stage.moment // DAY
    weekday = (day + 3) % 7
    stage.moment = (day - max(0, weekday - 4)) * DAY + 12 * HOUR + stage.random.randint(-HOUR, HOUR)


DECOYS: dict[str, Plot] = {
    plot.__name__: plot
    for plot in (
        administrator_at_the_office, forgotten_password, nightly_export, pen_test, trail_change, root_at_the_office,
        reputation_lookups, scaling_out,
    )
}  # fmt: skip
