"""A story: ordered steps, each with its cause, that leave traces in the logs; and the stage on which it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from hardenlab.evidence.callers import Caller
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.dns_logs import Question
from hardenlab.evidence.events import Call, Recorder, SignIn
from hardenlab.evidence.flow_logs import TCP, Conversation
from hardenlab.evidence.labels import Event, Label, Labelled
from hardenlab.evidence.traffic import Machine, machines
from hardenlab.semantics.network import Network


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story."""

    name: str
    because: str


@dataclass(slots=True)
class Story:
    """What happened. `hostile` is false for a decoy: it looks like an attack, `because` says why it is none."""

    name: str
    title: str
    hostile: bool
    because: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    """What a notebook may tell: the range of the pen-test, the number of the change."""
    steps: list[Step] = field(default_factory=list)
    events: list[Labelled[Event]] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


class Stage:
    """Where a story is told: the cast and its network, a clock, and draws of its own."""

    def __init__(self, cast: Cast, network: Network, story: Story, moment: int, span: tuple[int, int]) -> None:
        self.cast, self.network, self.story, self.moment = cast, network, story, moment
        self.first, self.end = span
        self.random: Random = cast.vary.stream(f"story/{story.name}")
        self._recorder = Recorder(cast, self.random)
        self._label: Label | None = None

    def step(self, name: str, because: str) -> None:
        """What follows is this step's."""
        self.story.steps.append(Step(name, because))
        self._label = Label(self.story.name, name, because) if self.story.hostile else None

    def wait(self, low: int, high: int) -> int:
        """Let `low` to `high` seconds pass."""
        self.moment += self.random.randint(low, high)
        return self.moment

    def call(self, caller: Caller, call: Call, *, harmless: bool = False) -> Event:
        """Somebody calls AWS; `harmless` when the call itself is as usual."""
        event = self._recorder.event(self.moment, caller, call)
        self.story.events.append(Labelled(event, None if harmless else self._label))
        return event

    def api(
        self, caller: Caller, service: str, name: str, given: Mapping[str, Any] | None = None, **more: Any
    ) -> Event:
        """The same in fewer words."""
        return self.call(caller, Call(service, name, given or {}, **more))

    def sign_in(self, attempt: SignIn) -> Event:
        """Somebody tries the console."""
        event = self._recorder.sign_in(self.moment, attempt)
        self.story.events.append(Labelled(event, self._label))
        return event

    def talk(
        self,
        source: str,
        destination: str,
        port: int,
        *,
        sent: tuple[int, int],
        received: tuple[int, int] = (0, 0),
        seconds: int = 0,
        source_port: int | None = None,
        protocol: int = TCP,
    ) -> None:
        """Something goes over the wire."""
        mine = source_port or self.random.randint(32_768, 60_999)
        talk = Conversation(self.moment, seconds, source, mine, destination, port, sent, received, protocol)
        self.story.conversations.append(replace(talk, label=self._label))

    def ask(self, machine: Machine, name: str, type: str = "A", answers: tuple[str, ...] = ()) -> None:
        """A machine asks for a name."""
        port = self.random.randint(32_768, 60_999)
        question = Question(self.moment, machine.id, machine.private, name, type, answers, port, self._label)
        self.story.questions.append(question)

    def stranger(self) -> str:
        """The address of this story's own stranger."""
        return self.cast.stranger(self.story.name)

    def machine(self, *, public: bool | None = None) -> Machine:
        """A machine of the network, with a public address, without one, or any; ValueError when there is none."""
        fitting = [m for m in machines(self.network) if public is None or (m.public is not None) == public]
        if not fitting:
            kind = {True: "with a public address", False: "without a public address", None: "at all"}[public]
            raise ValueError(f"{self.story.name} needs a running instance {kind}, and the network has none")
        return self.random.choice(fitting)


Plot = Callable[[Stage], None]
