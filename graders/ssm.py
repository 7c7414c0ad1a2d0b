"""Controls of AWS Systems Manager: how machines are administered."""

from hardenlab import HIGH, INTERNET, PATH, Unjudged, control, failed, passed, unknown

PORTS = {22: "SSH", 3389: "RDP"}


@control(
    severity=HIGH,
    layer=PATH,
    references=(
        "SecurityHub SSM.1",
        "SecurityHub EC2.57",
        "course 3.4",
        "course 3.7",
        "course 3.22",
        "AWS Systems Manager: Complete Session Manager prerequisites",
    ),
)
def ssm_instance_administered_out_of_band(account):
    """Every machine of the box office is administered by Session Manager, and none answers SSH or RDP to anybody.

    Judged from end to end: whether the agent reaches `ssm` and `ssmmessages` and its role may use them, and whether
    anybody, inside or out, gets a packet to port 22 or 3389.

    ## Why it matters
    A bastion is one machine that reaches all others, with keys that are copied and logs that are its own. Session
    Manager needs no open port and no key: the agent calls out, IAM says who may start a session, CloudTrail and the
    session log say who did.

    ## Remediation
    Give the instances a role that may do what AmazonSSMManagedInstanceCore allows, and a way to the two endpoints on
    443: interface endpoints with private names whose group admits the machines. Then revoke the rules for 22 and 3389
    and terminate the bastion. In this order, or you lock yourself out.
    """
    network, vpc = account.network, account.facts["tickets_vpc"]
    sources = [INTERNET, *network.instances, *network.subnets]
    for machine in network.instances:
        if any(face.subnet.vpc == vpc for face in machine.interfaces):
            yield _judged(account, machine, sources)


def _judged(account, machine, sources):
    try:
        for port, what in PORTS.items():
            for source in sources:
                packet = None
                if source is INTERNET or source.id != machine.id:
                    packet = account.network.witness(source=source, to=machine, port=port)
                if packet:
                    return failed(
                        machine.id,
                        f"{machine.name}: answers {what} to {packet.source}",
                        evidence=[("ec2:DescribeSecurityGroups", "IpPermissions", packet.hops[-1])],
                        witness=packet,
                    )
        managed = account.session_manager.reaches(machine)
    except Unjudged as doubt:
        return unknown(machine.id, f"{machine.name}: cannot judge: {doubt}")
    if managed.holds:
        return passed(machine.id, f"{machine.name}: {managed.because}, and no port answers")
    evidence = [("ssm:StartSession", "Target", f"{machine.id}: {managed.because}")]
    return failed(
        machine.id, f"{machine.name}: Session Manager does not reach it: {managed.because}", evidence=evidence
    )
