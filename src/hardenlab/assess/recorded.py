"""Jobs that tell which operations a section's seed and graders call, by watching them call."""

from collections.abc import Mapping
from typing import Any

from hardenlab.assess.account import ClientFactory
from hardenlab.assess.jobs import assess_account, plant, seed

RECORD_SEED = "hardenlab.assess.recorded:record_seed"
RECORD_ASSESSMENT = "hardenlab.assess.recorded:record_assessment"


class Recording:
    """Makes clients as `clients` does, and keeps which operations they are asked for."""

    def __init__(self, clients: ClientFactory) -> None:
        self._clients = clients
        self.past = getattr(clients, "past", None)
        self.actions: set[str] = set()

    def __call__(self, service: str, region_name: str = "us-east-1") -> Any:
        client = self._clients(service, region_name=region_name)
        client.meta.events.register_first("before-call.*.*", self.keep)  # before whoever answers
        return client

    def keep(self, model: Any, **_: Any) -> None:
        """botocore's before-call hook."""
        self.actions.add(action_of(model))


def action_of(model: Any) -> str:
    """`service:Operation` of botocore's model of a call."""
    return f"{model.service_model.service_name}:{model.name}"


def record_seed(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Seed the section with every misconfiguration and judge it; answers the `actions`."""
    recording = Recording(clients)
    facts = seed(recording, arguments)["facts"]
    plant(recording, {**arguments, "facts": facts, "flags": None})
    return {"actions": sorted(recording.actions)}


def record_assessment(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Judge the account as it is, as `assess_account` does; answers the `actions`."""
    recording = Recording(clients)
    assess_account(recording, arguments)
    return {"actions": sorted(recording.actions)}
