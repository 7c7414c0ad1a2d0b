"""A case: the evidence of some days, with every log of one account, what happened in it, and the answers."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

from hardenlab.evidence.answers import Answer, Traces, answer, answers
from hardenlab.evidence.attacks import ATTACKS
from hardenlab.evidence.cast import Cast, Role, Server
from hardenlab.evidence.decoys import DECOYS
from hardenlab.evidence.delivery import LogFile, digests, log_files
from hardenlab.evidence.dns_logs import QueryLog, Record
from hardenlab.evidence.draws import DAY, HOUR, unique_id
from hardenlab.evidence.estate import network_of
from hardenlab.evidence.findings import Finding, Watcher
from hardenlab.evidence.flow_logs import DEFAULT, FlowLog
from hardenlab.evidence.habits import midnight, population
from hardenlab.evidence.insights import insights
from hardenlab.evidence.labels import Event, Label, Labelled
from hardenlab.evidence.story import Plot, Stage, Story
from hardenlab.evidence.traffic import Peers, conversations, machines, questions
from hardenlab.model.variation import Variation
from hardenlab.semantics.network import Network
from hardenlab.semantics.network.addresses import parse_address
from hardenlab.semantics.network.spans import NOTHING
from hardenlab.semantics.reading import Document


class Case:
    """Logs of an account over some days, with attacks and decoys in them. Equal variants give equal evidence.

    Logs are streams, made while they are read. `attacks` and `decoys` are names out of ATTACKS and DECOYS; ValueError
    for others. `network` is the account's own (`account.network`); without it the cast has a small shop's.
    """

    def __init__(
        self,
        vary: Variation,
        *,
        start: date = date(2026, 3, 2),
        days: int = 7,
        attacks: Sequence[str] = (),
        decoys: Sequence[str] = (),
        pace: float = 1.0,
        account: str | None = None,
        region: str = "us-east-1",
        office: str | None = None,
        buckets: Mapping[str, str] | None = None,
        network: Network | None = None,
        firewall: Document | None = None,
    ) -> None:
        if not 3 <= days <= 90:
            raise ValueError(f"evidence spans 3 to 90 days, not {days}")
        servers = _servers(vary, network) if network is not None else ()
        self.cast = Cast.drawn(
            vary, account=account, region=region, office=office, servers=servers, buckets=dict(buckets or {})
        )
        self.network = network if network is not None else network_of(self.cast)
        self.start, self.days, self._pace, self._firewall = start, days, pace, firewall
        self._first = midnight(start)
        self._end = self._first + days * DAY
        plots = [(name, _known(name, ATTACKS, "attack"), True) for name in attacks]
        plots += [(name, _known(name, DECOYS, "decoy"), False) for name in decoys]
        self.stories: dict[str, Story] = {name: self._tell(name, plot, hostile) for name, plot, hostile in plots}

    def labelled_events(self) -> Iterator[Labelled[Event]]:
        """CloudTrail events in the order of time, with their labels."""
        usual = (Labelled(event) for event in population(self.cast, self.start, days=self.days, pace=self._pace))
        told = (sorted(story.events, key=_time) for story in self.stories.values())
        yield from heapq.merge(usual, *told, key=_time)

    def events(self) -> Iterator[Event]:
        """The same as a learner gets them: without labels."""
        return (labelled.record for labelled in self.labelled_events())

    def log_files(self, prefix: str = "") -> Iterator[LogFile]:
        """The same as CloudTrail delivers it: late, unordered, gzip files by region and five minutes."""
        return log_files(self.events(), self.cast.account, self.cast.vary.stream("delivery"), prefix=prefix)

    def digests(self, prefix: str = "") -> Iterator[LogFile]:
        """The digest files of the account's region, one an hour."""
        cast = self.cast
        files = self.log_files(prefix)
        return digests(files, cast.account, cast.buckets["logs"], cast.trail, cast.region, prefix=prefix)

    def insights(self) -> list[Event]:
        """CloudTrail Insights events on the whole log, oldest first."""
        return insights(self.events(), self.cast.vary.stream("insights"))

    def flow_log(self, fields: Sequence[str] = DEFAULT, interval: int = 600) -> FlowLog:
        """The flow log of the network, in a format."""
        cast = self.cast
        skips = cast.vary.stream("flow-log")
        return FlowLog(self.network, cast.account, region=cast.region, fields=fields, interval=interval, skips=skips)

    def labelled_flow_lines(self, fields: Sequence[str] = DEFAULT, interval: int = 600) -> Iterator[Labelled[str]]:
        """Flow log lines, window by window, with their labels."""
        usual = conversations(self.cast, self.network, Peers(self.cast), self._first, self._end, self._pace)
        told = (sorted(story.conversations, key=lambda talk: talk.start) for story in self.stories.values())
        talks = heapq.merge(usual, *told, key=lambda talk: talk.start)
        return self.flow_log(fields, interval).lines(talks, self._first, self._end)

    def flow_lines(self, fields: Sequence[str] = DEFAULT, interval: int = 600) -> Iterator[str]:
        """The same without labels."""
        return (labelled.record for labelled in self.labelled_flow_lines(fields, interval))

    def labelled_dns_records(self) -> Iterator[Labelled[Record]]:
        """Resolver query log records in the order of time, with their labels."""
        usual = questions(self.cast, self.network, self._first, self._end, self._pace)
        told = (story.questions for story in self.stories.values())
        return self._query_log.records(heapq.merge(usual, *told, key=lambda question: question.moment))

    def dns_records(self) -> Iterator[Record]:
        """The same without labels."""
        return (labelled.record for labelled in self.labelled_dns_records())

    def labelled_findings(self) -> list[Labelled[Finding]]:
        """GuardDuty's findings on all stories, oldest first; a finding on a decoy has no label."""
        watcher = Watcher(self.cast, self.network)
        found = [
            Labelled(finding, Label(name, finding["Type"], story.title) if story.hostile else None)
            for name, story in self.stories.items()
            for finding in watcher.findings(name, self.traces(name))
        ]
        return sorted(found, key=lambda labelled: (labelled.record["CreatedAt"], labelled.record["Id"]))

    def findings(self) -> list[Finding]:
        """The same without labels."""
        return [labelled.record for labelled in self.labelled_findings()]

    def traces(self, story: str) -> Traces:
        """The records of one story alone: of an attack those that are labelled, of a decoy all."""
        told = self._story(story)
        fields = (*DEFAULT, "flow-direction")
        talks = sorted(told.conversations, key=lambda talk: talk.start)
        lines = FlowLog(self.network, self.cast.account, fields=fields).lines(talks, self._first, self._end, idle=False)
        flows = [dict(zip(fields, line.record.split(" "), strict=True)) for line in lines]
        events = [labelled for labelled in told.events if labelled.label or not told.hostile]
        queries = [labelled.record for labelled in self._query_log.records(told.questions)]
        return Traces([labelled.record for labelled in sorted(events, key=_time)], flows, queries, self._is_inside)

    def answer(self, story: str, question: str) -> Answer:
        """The answer to a question about an attack; raises Unanswerable when nothing answers it."""
        return answer(self.traces(story), question)

    def answers(self, story: str) -> dict[str, Answer]:
        """Every question that the attack's traces answer, by name."""
        return answers(self.traces(story))

    @cached_property
    def _query_log(self) -> QueryLog:
        vpc = next(iter(self.network.vpcs)).id
        return QueryLog(self.cast.account, vpc, region=self.cast.region, firewall=self._firewall)

    def _tell(self, name: str, plot: Plot, hostile: bool) -> Story:
        story = Story(name, (plot.__doc__ or "").strip(), hostile)
        random = self.cast.vary.stream(f"when/{name}")
        day = random.randint(self.days // 3, self.days - 2)
        hour = random.choice((0, 1, 2, 3, 4, 5, 20, 21, 22, 23, 10, 14)) if hostile else random.randint(7, 12)
        moment = self._first + day * DAY + hour * HOUR + random.randint(0, HOUR)
        plot(Stage(self.cast, self.network, story, moment, (self._first, self._end)))
        return story

    def _story(self, name: str) -> Story:
        if name not in self.stories:
            raise ValueError(f"there is no story {name!r} in this case; there are {', '.join(self.stories) or 'none'}")
        return self.stories[name]

    def _is_inside(self, address: str) -> bool:
        family, number = parse_address(address)
        return any(number in vpc.blocks.get(family, NOTHING) for vpc in self.network.vpcs)


def _time(labelled: Labelled[Event]) -> str:
    moment: str = labelled.record["eventTime"]
    return moment


def _known(name: str, plots: Mapping[str, Plot], kind: str) -> Plot:
    if name not in plots:
        raise ValueError(f"there is no {kind} {name!r}; there are {', '.join(plots)}")
    return plots[name]


def _servers(vary: Variation, network: Network) -> tuple[Server, ...]:
    """The account's own machines; what role they have is drawn, as describe calls do not tell it."""
    random = vary.stream("roles")
    kinds = {True: Role("web-server", unique_id(random, "AROA")), False: Role("app-server", unique_id(random, "AROA"))}
    return tuple(
        Server(
            machine.instance.name or machine.id,
            machine.id,
            machine.private,
            machine.public,
            kinds[machine.public is not None],
        )
        for machine in machines(network)
    )
