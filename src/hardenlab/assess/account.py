"""The account that seeds write and controls read: boto3 clients, the seed's facts, and snapshots read once."""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hardenlab.model.problem import EnvironmentProblem

if TYPE_CHECKING:
    from hardenlab.assess.read_buckets import OwnBucket
    from hardenlab.assess.read_dns import Dns
    from hardenlab.assess.read_event_rules import EventRule
    from hardenlab.assess.read_iam import OwnPrincipals
    from hardenlab.assess.read_log_filters import LogFilter
    from hardenlab.assess.read_web_acl import Web
    from hardenlab.assess.session_manager import SessionManager
    from hardenlab.model.past import Past
    from hardenlab.semantics.iam import Decision
    from hardenlab.semantics.lifecycle import Lifecycle
    from hardenlab.semantics.network import Network

ClientFactory = Callable[..., Any]


class Account:
    """One emulated account, with administrator rights.

    `client_factory(service, region_name=...)` makes boto3 clients; `facts` are the names and ids that the seed
    recorded for notebooks and graders. Snapshots (`network`, ...) are read at first use and kept: an Account
    lives for one seeding or one assessment, so no control asks AWS twice for one fact.
    """

    def __init__(
        self, client_factory: ClientFactory, account_id: str, region: str, facts: Mapping[str, Any] | None = None
    ) -> None:
        self.id = account_id
        self.region = region
        self._client_factory = client_factory
        self._clients: dict[tuple[str, str], Any] = {}
        self._facts: dict[str, Any] = dict(facts or {})
        self._webs: dict[str, Web] = {}

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the seed recorded, by name."""
        return MappingProxyType(self._facts)

    def fact(self, name: str, value: Any) -> Any:
        """Record a name or id (text, number, list) for notebooks and graders; returns it. Seeds only."""
        if name in self._facts:
            raise ValueError(f"the fact {name!r} is recorded twice")
        self._facts[name] = value
        return value

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client for a service, in the account's region unless another is named."""
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = self._client_factory(service, region_name=key[1])
        return self._clients[key]

    @property
    def past(self) -> "Past":
        """What no call of AWS can set: the root user's credentials, ages, last uses (see `model.past`). Seeds only.

        EnvironmentProblem is raised where the account's environment cannot write it, as LocalStack cannot.
        """
        past: Past | None = getattr(self._client_factory, "past", None)
        if past is None:
            raise EnvironmentProblem("this environment cannot write an account's past: seed this scenario on moto.")
        return past

    @cached_property
    def network(self) -> "Network":
        """Every VPC of the region as one model that answers reachability questions."""
        from hardenlab.semantics.network.read_calls import read_network

        return read_network(self.client)

    @cached_property
    def iam(self) -> "OwnPrincipals":
        """The account's users and roles, to be asked what they may do."""
        from hardenlab.assess.read_iam import OwnPrincipals

        return OwnPrincipals(self.client("iam"), self.id)

    @cached_property
    def session_manager(self) -> "SessionManager":
        """Whether Session Manager reaches an instance, by its role and its agent's way out."""
        from hardenlab.assess.session_manager import SessionManager

        return SessionManager(self.client("ec2"), self.network, self.iam)

    @cached_property
    def dns(self) -> "Dns":
        """Hosted zones, and what each VPC's resolver does with a query."""
        from hardenlab.assess.read_dns import Dns

        return Dns(self.client)

    def log_filters(self, group: str) -> "list[LogFilter]":
        """The metric filters of a log group, to be asked about events."""
        from hardenlab.assess.read_log_filters import read_log_filters

        return read_log_filters(self.client("logs"), group)

    def event_rules(self, bus: str = "default") -> "list[EventRule]":
        """The rules of an event bus, to be asked about events and moments."""
        from hardenlab.assess.read_event_rules import read_event_rules

        return read_event_rules(self.client("events"), bus)

    def lifecycle(self, bucket: str) -> "Lifecycle":
        """The lifecycle rules of a bucket, to be asked what becomes of a `Stored` object.

        Malformed or Unjudged is raised for rules that S3 would refuse or does not document.
        """
        from hardenlab.assess.read_lifecycle import read_lifecycle

        return read_lifecycle(self.client("s3"), bucket)

    def web(self, resource: str) -> "Web":
        """The web ACL before a load balancer (by its ARN), to be asked request by request."""
        from hardenlab.assess.read_web_acl import Web

        if resource not in self._webs:
            self._webs[resource] = Web(self.client("wafv2"), resource)
        return self._webs[resource]

    @cached_property
    def buckets(self) -> "list[OwnBucket]":
        """Every bucket of the account, to be judged by its own settings."""
        from hardenlab.assess.read_buckets import read_own_buckets

        return read_own_buckets(self.client, self.id)

    def bucket(self, name: str) -> "OwnBucket | None":
        """The bucket of this name, or None."""
        return next((bucket for bucket in self.buckets if bucket.name == name), None)

    def log_place_exists(self, arn: str) -> bool:
        """Whether a log group of this account, or a bucket, is there; True for places that are not looked for."""
        kind = arn.split(":")[2] if arn.count(":") >= 5 else ""
        if kind == "s3":
            return self.bucket(arn.split(":::", 1)[1].split("/")[0]) is not None
        return kind != "logs" or arn.split(":log-group:", 1)[-1].removesuffix(":*") in self.log_groups

    def service_may_log(self, service: str, arn: str, source: str) -> "Decision":
        """Whether a service may write to a log group (by its ARN) about a resource `source` (its ARN).

        CannotJudge is raised where the policies leave it open.
        """
        from hardenlab.assess.read_log_policies import service_may_log

        return service_may_log(self.client("logs"), service, arn.removesuffix(":*"), self.id, source)

    @cached_property
    def log_groups(self) -> frozenset[str]:
        """The names of the region's log groups."""
        pages = self.client("logs").get_paginator("describe_log_groups").paginate()
        return frozenset(group["logGroupName"] for page in pages for group in page["logGroups"])

    @cached_property
    def public_access_block(self) -> Mapping[str, bool] | None:
        """The account's own Block Public Access; None when it was never set."""
        from hardenlab.assess.read_buckets import read_account_block

        return read_account_block(self.client, self.id)
