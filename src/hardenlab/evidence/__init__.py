"""Evidence: seeded logs of an account with attacks and decoys in them, and answer keys that are computed.

>>> from hardenlab import evidence
>>> case = evidence.Case(vary, attacks=("leaked_key", "port_scan"), decoys=("administrator_at_the_office",))
>>> next(case.events())["eventName"]
>>> case.answer("leaked_key", "stolen_key").accepts(given)
"""

from hardenlab.evidence.answers import Answer, Question, Unanswerable
from hardenlab.evidence.attacks import ATTACKS
from hardenlab.evidence.case import Case
from hardenlab.evidence.cast import Cast, Person, Role, Server
from hardenlab.evidence.check import problems
from hardenlab.evidence.decoys import DECOYS
from hardenlab.evidence.delivery import LogFile
from hardenlab.evidence.findings import as_event
from hardenlab.evidence.flow_logs import Conversation, FlowLog
from hardenlab.evidence.labels import Label, Labelled
from hardenlab.evidence.story import Story

__all__ = [
    "ATTACKS",
    "DECOYS",
    "Answer",
    "Case",
    "Cast",
    "Conversation",
    "FlowLog",
    "Label",
    "Labelled",
    "LogFile",
    "Person",
    "Question",
    "Role",
    "Server",
    "Story",
    "Unanswerable",
    "as_event",
    "problems",
]
