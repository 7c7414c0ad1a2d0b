"""Which URLs may stand for an emulated account: never AWS's own."""

import socket
import urllib.parse
from ipaddress import ip_address, ip_network

from hardenlab.model.problem import UsageProblem

AWS_DOMAINS = (
    "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws", "on.aws", "app.aws", "aws.dev", "aws", "amazon.com",
    "awsapps.com", "amazonaws-us-gov.com", "c2s.ic.gov", "sc2s.sgov.gov", "csp.hci.ic.gov", "cloud.adc-e.uk",
)  # fmt: skip


METADATA = ip_network("fd00:ec2::/32")


def checked_url(url: str) -> str:
    """The URL without its path's end; UsageProblem when it is no plain address of a server, or AWS's."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise UsageProblem(f"'{url[:200]}' is no URL ({error}). Name one like http://127.0.0.1:5000.") from error
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query or parts.username:
        raise UsageProblem(f"'{url[:200]}' is no address of a server. Name one like http://127.0.0.1:5000.")
    if _is_aws(host) or any(_is_aws(name) for name in _canonical(host)) or _is_link_local(host):
        raise UsageProblem(f"'{host}' belongs to AWS. Labs never reach a real account: name an emulator's address.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or (443 if parts.scheme == 'https' else 80)}"


def _is_aws(host: str) -> bool:
    host = host.rstrip(".").lower()
    return any(host == domain or host.endswith(f".{domain}") for domain in AWS_DOMAINS)


def _canonical(host: str) -> list[str]:
    """What the name is an alias of. A name that nobody knows is told when it is called."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except (OSError, UnicodeError):
        return []
    return [name for _, _, _, name, _ in found if name]


def _is_link_local(host: str) -> bool:
    """Where a machine of AWS asks for its role's keys (EC2 User Guide, "Instance metadata")."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_link_local or address in METADATA
