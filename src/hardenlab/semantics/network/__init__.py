"""Network reachability: who reaches whom through routes, network ACLs and security groups, with the packet that does.

>>> network.witness(source=INTERNET, to=instance, port=22)
Packet(source='198.51.100.7', ..., through='sg-0abc tcp 22 from 0.0.0.0/0')
"""

from hardenlab.semantics.network.answers import Admission, Blocked, Inlet, Inlets, OpenPorts, Packet, Published
from hardenlab.semantics.network.network import Network
from hardenlab.semantics.network.network_acl import AclEntry, Ineffective, NetworkAcl
from hardenlab.semantics.network.resources import Endpoint, Instance, Interface, LoadBalancer, Subnet, Vpc
from hardenlab.semantics.network.security_group import Rule, SecurityGroup
from hardenlab.semantics.network.sources import ANYONE, INTERNET, every
from hardenlab.semantics.unjudged import Unjudged

__all__ = [
    "ANYONE",
    "INTERNET",
    "AclEntry",
    "Admission",
    "Blocked",
    "Endpoint",
    "Ineffective",
    "Inlet",
    "Inlets",
    "Instance",
    "Interface",
    "LoadBalancer",
    "Network",
    "NetworkAcl",
    "OpenPorts",
    "Packet",
    "Published",
    "Rule",
    "SecurityGroup",
    "Subnet",
    "Unjudged",
    "Vpc",
    "every",
]
