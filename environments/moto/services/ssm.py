"""AWS Systems Manager beside moto: schedules that can be read, and commands for instances that are there.

Source: AWS Systems Manager API Reference, "CreateMaintenanceWindow" and "SendCommand".
"""

from typing import Any

from hardenlab.semantics.schedules import Malformed, Unjudged, read_schedule
from moto.ec2.models import ec2_backends

from ..extend import Call, Refusal, Service

service = Service("ssm")


@service.operation
def create_maintenance_window(call: Call[Any]) -> Any:
    """A window whose schedule, zone and offset go together."""
    zone, offset = call.get("ScheduleTimezone") or "UTC", call.get("ScheduleOffset") or 0
    try:
        read_schedule(call.input["Schedule"], "maintenance-window", zone, offset)
    except Malformed as error:
        raise Refusal("ValidationException", f"Invalid maintenance window schedule: {error}"[:500]) from None
    except Unjudged:
        pass  # AWS does not document whether it takes this
    if call.input["Cutoff"] >= call.input["Duration"]:
        raise Refusal("ValidationException", "Cutoff must be less than Duration.")
    return call.moto()


@service.operation
def send_command(call: Call[Any]) -> Any:
    """A command for instances of this Region."""
    there = {instance.id for instance in ec2_backends[call.account][call.region].all_instances()}
    for id in call.get("InstanceIds") or []:
        if id.startswith("i-") and id not in there:
            raise Refusal(
                "InvalidInstanceId", f"Instances [[{id[:64]}]] not in a valid state for account {call.account}"
            )
    return call.moto()
