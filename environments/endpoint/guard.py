"""Which URLs may stand for an emulated account: never AWS's own."""

import urllib.parse

from hardenlab.model.problem import UsageProblem

AWS_DOMAINS = (
    "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws", "on.aws", "app.aws", "aws.dev", "aws", "amazon.com",
    "awsapps.com", "amazonaws-us-gov.com", "c2s.ic.gov", "sc2s.sgov.gov", "csp.hci.ic.gov", "cloud.adc-e.uk",
)  # fmt: skip


def checked_url(url: str) -> str:
    """The URL without its path's end; UsageProblem when it is no plain address of a server, or AWS's."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise UsageProblem(f"'{url[:200]}' is no URL ({error}). Name one like http://127.0.0.1:5000.") from error
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query or parts.username:
        raise UsageProblem(f"'{url[:200]}' is no address of a server. Name one like http://127.0.0.1:5000.")
    if any(host == domain or host.endswith(f".{domain}") for domain in AWS_DOMAINS):
        raise UsageProblem(f"'{host}' belongs to AWS. Labs never reach a real account: name an emulator's address.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or (443 if parts.scheme == 'https' else 80)}"
