"""Send marks to a learning platform: LTI 1.3, Assignment and Grade Services 2.0, through PyLTI1p3.

The instructor names the platform in `course.toml` (`[lti]`), and gives it the public half of a key that stays here.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hardenlab.cohort.exports import Score, score_of
from hardenlab.cohort.folder import CourseFolder, Platform
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.variants import PRIVATE
from hardenlab.model.problem import EnvironmentProblem, UsageProblem

if TYPE_CHECKING:
    from pylti1p3.assignments_grades import AssignmentsGradesService
    from requests import Response

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
KEY = "lti-key.pem"
TIMEOUT = 30.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Sent:
    """What became of one student's marks: sent, or why not."""

    student: str
    points: float | None
    problem: str = ""


def passback(folder: CourseFolder, lab: str, say: Say = lambda _: None) -> list[Sent]:
    """Send every graded student's marks for a lab. One that fails does not stop the others.

    Who waits for a person is sent as handed in, without points. UsageProblem: no platform or line item is named.
    """
    if folder.lti is None:
        raise UsageProblem(f"{folder.root / 'course.toml'} names no platform: add a table [lti], see docs/nbgrader.md.")
    lineitem = folder.lti.lineitems.get(lab)
    if lineitem is None:
        raise UsageProblem(f"{folder.root / 'course.toml'} names no line item for '{lab}' in [lti.lineitems].")
    for url in (folder.lti.token_url, lineitem):
        _is_safe(url)
    service = _service(folder, folder.lti, lineitem)
    with open_gradebook(folder) as gradebook:
        most = float(gradebook.find_assignment(lab).max_score)
        return list(_send_all(gradebook, lab, most, service, say))


def public_keys(folder: CourseFolder) -> dict[str, Any]:
    """The JSON Web Key Set that the platform's administrator needs; the key is drawn when there is none."""
    registration = _library("registration").Registration
    return {"keys": [dict(registration.get_jwk(_public(_private_key(folder))))]}


def _send_all(gradebook: Any, lab: str, most: float, service: "AssignmentsGradesService", say: Say) -> Iterator[Sent]:
    for submission in sorted(gradebook.assignment_submissions(lab), key=lambda item: item.student.id):
        student = submission.student
        if not student.lms_user_id:
            yield Sent(student.id, None, "the roster gives no lms_user_id")
            continue
        score = score_of(gradebook, lab, student.id)
        say(f"sending {student.id} …")
        problem = _send(service, student.lms_user_id, score, most)
        yield Sent(student.id, None if score.waits else score.final, problem)


def _send(service: "AssignmentsGradesService", user: str, score: Score, most: float) -> str:
    """One score. Answers what went wrong, if anything."""
    from pylti1p3.exception import LtiException
    from requests import RequestException

    grade = _library("grade").Grade()
    grade.set_user_id(user).set_timestamp(datetime.now(UTC).isoformat(timespec="milliseconds"))
    grade.set_activity_progress("Submitted").set_grading_progress("PendingManual" if score.waits else "FullyGraded")
    if not score.waits:
        grade.set_score_given(score.final or 0.0).set_score_maximum(most)
    try:
        service.put_grade(grade)
    except LtiException as error:
        response: Response | None = getattr(error, "response", None)
        return f"the platform answered {response.status_code}" if response is not None else str(error)[:200]
    except (RequestException, ValueError, KeyError) as error:
        return f"the platform does not answer as it should ({type(error).__name__})"
    return ""


def _service(folder: CourseFolder, platform: Platform, lineitem: str) -> "AssignmentsGradesService":
    private = _private_key(folder)
    registration = _library("registration").Registration()
    registration.set_issuer(platform.issuer).set_client_id(platform.client_id).set_auth_token_url(platform.token_url)
    registration.set_tool_private_key(private).set_tool_public_key(_public(private))
    connector = _library("service_connector").ServiceConnector(registration, _session())
    _first_token(connector, platform)
    service: AssignmentsGradesService = _library("assignments_grades").AssignmentsGradesService(
        connector, {"scope": [SCOPE], "lineitem": lineitem}
    )
    return service


def _first_token(connector: Any, platform: Platform) -> None:
    """A token once, before any marks: it serves all of them."""
    from pylti1p3.exception import LtiException
    from requests import RequestException

    try:
        connector.get_access_token([SCOPE])
    except LtiException as error:
        code = getattr(getattr(error, "response", None), "status_code", "nothing that can be read")
        raise EnvironmentProblem(
            f"{platform.token_url} refused the token ({code}). Does the platform know the key of "
            "hardenlab course lti-key, and the client id?"
        ) from error
    except (RequestException, ValueError, KeyError, TypeError) as error:
        raise EnvironmentProblem(f"{platform.token_url} gives no token ({type(error).__name__}).") from error


def _session() -> Any:
    """HTTP that gives up, and follows nobody elsewhere: the requests carry a token."""
    import requests

    class Session(requests.Session):
        def request(self, *arguments: Any, **options: Any) -> "Response":
            answer = super().request(*arguments, **{**options, "timeout": TIMEOUT, "allow_redirects": False})
            if answer.is_redirect:
                raise requests.TooManyRedirects(f"{answer.url} sends on to another address")
            return answer

    return Session()


def _is_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise UsageProblem(f"'{url[:200]}' is no https address: marks and tokens are not sent in the clear.")


def _private_key(folder: CourseFolder) -> str:
    """The tool's RSA key, drawn once, for its owner alone."""
    path = folder.root / PRIVATE / KEY
    if not path.exists():
        _draw_key(path)
    if path.stat().st_mode & 0o077:
        raise UsageProblem(f"others may read {path}. Close it with: chmod 600 {path}")
    return path.read_text(encoding="ascii")


def _draw_key(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)


def _public(private: str) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    key = load_pem_private_key(private.encode(), password=None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _library(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"pylti1p3.{module}")
    except ImportError as error:
        raise EnvironmentProblem("sending marks needs PyLTI1p3: pip install 'hardenlab[cohort]'.") from error
