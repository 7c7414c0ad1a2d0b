"""Marks sent to a learning platform: a real HTTP platform that verifies the tool's signature and its own tokens."""

import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import jwt
import pytest

from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import SETTINGS, CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.passback import SCOPE, passback, public_keys
from hardenlab.model.problem import EnvironmentProblem, UsageProblem
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("course")

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MEDIA = "application/vnd.ims.lis.v1.score+json"


class Platform(BaseHTTPRequestHandler):
    """A platform's token and score endpoints, as the 1EdTech Security Framework and AGS 2.0 write them."""

    def do_POST(self):
        server, body = self.server, self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/token":
            return self.answer(*server.give_token(parse_qs(body)))
        if self.path != "/lineitems/7/scores":
            return self.answer(404, {})
        if self.headers["Authorization"] != f"Bearer {server.token}" or self.headers["Content-Type"] != MEDIA:
            return self.answer(401, {})
        score = json.loads(body)
        if score["userId"] == "not-in-the-course":
            return self.answer(422, {"error": "no such user"})
        server.scores.append(score)
        return self.answer(200, {})

    def answer(self, status, data):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class PlatformServer(ThreadingHTTPServer):
    """Knows the tool by its public keys."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Platform)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.keys, self.scores, self.token, self.seen = {"keys": []}, [], secrets.token_hex(8), set()

    def give_token(self, form):
        (assertion,) = form["client_assertion"]
        if form["client_assertion_type"] != [ASSERTION] or form["grant_type"] != ["client_credentials"]:
            return 400, {"error": "invalid_request"}
        if form["scope"] != [SCOPE]:
            return 400, {"error": "invalid_scope"}
        known = {key["kid"]: jwt.PyJWK(key) for key in self.keys["keys"]}
        try:
            key = known[jwt.get_unverified_header(assertion)["kid"]]
            claims = jwt.decode(assertion, key.key, ["RS256"], audience=f"{self.url}/token", issuer="tool-1")
        except (KeyError, jwt.InvalidTokenError):
            return 401, {"error": "invalid_client"}
        if claims["sub"] != "tool-1" or claims["jti"] in self.seen or claims["exp"] > time.time() + 300:
            return 401, {"error": "invalid_client"}
        self.seen.add(claims["jti"])
        return 200, {"access_token": self.token, "token_type": "bearer", "expires_in": 3600, "scope": SCOPE}


@pytest.fixture(scope="module")
def server():
    """A platform that listens on loopback."""
    server = PlatformServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


LTI = """
[lti]
issuer = "https://lms.example.org"
client_id = "tool-1"
token_url = "{url}/token"
[lti.lineitems]
l1-tiny = "{item}"
"""


@pytest.fixture
def platform(server, course):
    """The platform, which knows the course's keys and has seen no marks."""
    server.keys, server.scores, server.seen = public_keys(course), [], set()
    return server


@pytest.fixture(scope="module")
def course(tmp_path_factory, server):
    """A course whose gradebook has four graded students, and that knows the platform."""
    folder = init_course(tmp_path_factory.mktemp("passback") / "course", "cloudsec", TINY)
    settings = folder.root / SETTINGS
    settings.write_text(settings.read_text() + LTI.format(url=server.url, item=f"{server.url}/lineitems/7"))
    folder = CourseFolder.open(folder.root)
    with open_gradebook(folder) as gradebook:
        gradebook.add_assignment("l1-tiny")
        gradebook.add_notebook("1-groups", "l1-tiny")
        gradebook.add_grade_cell("ssh", "1-groups", "l1-tiny", max_score=7, cell_type="code")
        for student, user in (("ada", "u-1"), ("alan", None), ("grace", "u-3"), ("tim", "not-in-the-course")):
            gradebook.add_student(student, lms_user_id=user)
            gradebook.add_submission("l1-tiny", student)
            grade = gradebook.find_grade("ssh", "1-groups", "l1-tiny", student)
            grade.auto_score, grade.needs_manual_grade = 5.5, student == "grace"
        gradebook.find_grade("ssh", "1-groups", "l1-tiny", "ada").notebook.late_submission_penalty = 1
        gradebook.db.commit()
    return folder


def test_marks_arrive_signed_and_one_that_fails_stops_no_other(course, platform):
    sent = {one.student: (one.points, one.problem) for one in passback(course, "l1-tiny")}
    assert sent == {
        "ada": (4.5, ""),
        "alan": (None, "the roster gives no lms_user_id"),
        "grace": (None, ""),
        "tim": (5.5, "the platform answered 422"),
    }
    ada, grace = platform.scores
    assert (ada["userId"], ada["scoreGiven"], ada["scoreMaximum"]) == ("u-1", 4.5, 7)
    assert ada["gradingProgress"] == "FullyGraded"
    assert grace["gradingProgress"] == "PendingManual" and "scoreGiven" not in grace
    assert len(platform.seen) == 1, "one token serves all"


def test_a_key_that_the_platform_does_not_know_sends_nothing(course, platform):
    platform.keys = {"keys": []}
    with pytest.raises(EnvironmentProblem, match=r"refused the token \(401\)"):
        passback(course, "l1-tiny")
    assert platform.scores == []


def test_the_private_key_is_its_owners_alone_and_the_printed_set_is_public(course):
    (key,) = public_keys(course)["keys"]
    path = course.root / ".hardenlab" / "lti-key.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert {"kty", "n", "e", "kid", "alg", "use"} == set(key)
    path.chmod(0o644)
    with pytest.raises(UsageProblem, match="others may read"):
        passback(course, "l1-tiny")
    path.chmod(0o600)


@contextmanager
def settings(course, before, after):
    path = course.root / SETTINGS
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    yield CourseFolder.open(course.root)
    path.write_text(text)


def test_marks_are_not_sent_in_the_clear_nor_without_a_platform(course, platform):
    with (
        settings(course, f"{platform.url}/lineitems/7", "http://lms.example.org/lineitems/7") as changed,
        pytest.raises(UsageProblem, match="no https address"),
    ):
        passback(changed, "l1-tiny")
    with pytest.raises(UsageProblem, match="no line item for 'another'"):
        passback(course, "another")
    with pytest.raises(UsageProblem, match="names no platform"):
        passback(CourseFolder(course.root, "cloudsec"), "l1-tiny")


def test_a_platform_that_is_away_is_told(course, platform):
    with (
        settings(course, f"{platform.url}/token", "http://127.0.0.1:9/token") as changed,
        pytest.raises(EnvironmentProblem, match="gives no token"),
    ):
        passback(changed, "l1-tiny")
