"""Instances: account defaults of the metadata service, detailed monitoring, user data, the serial console.

Sources: Amazon EC2 User Guide, "Configure the Instance Metadata Service options" (order of precedence: launch, account,
AMI, AWS's own default), "Manage detailed monitoring" and "Run commands when you launch an EC2 instance with user data
input"; Amazon EC2 API Reference, "ModifyInstanceMetadataDefaults".
"""

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ec2.models import EC2Backend
from moto.ec2.models import instances as moto_instances

from ...extend import Call, Refusal
from ._service import Row, decoded, refuse_dry_run, replaced, service

NO_PREFERENCE = ("no-preference", -1)
DEFAULTS = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags", "HttpTokensEnforced")
OPTIONS = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "HttpProtocolIpv6", "InstanceMetadataTags")
MAX_HOPS = 64
MAX_USER_DATA = 16 * 1024  # bytes, before base64


# ---- the metadata service ----


@service.operation
def modify_instance_metadata_defaults(call: Call[Any]) -> dict[str, Any]:
    """The account's defaults in this Region; `no-preference` and -1 take one away."""
    hops = call.get("HttpPutResponseHopLimit")
    if hops is not None and hops != -1 and not 1 <= hops <= MAX_HOPS:
        raise Refusal("InvalidParameterValue", f"HttpPutResponseHopLimit must be -1 or between 1 and {MAX_HOPS}.")
    refuse_dry_run(call)
    defaults: Row = call.state.setdefault("metadata defaults", {})
    for name in DEFAULTS:
        if call.get(name) in NO_PREFERENCE:
            defaults.pop(name, None)
        elif call.get(name) is not None:
            defaults[name] = call.input[name]
    return {"Return": True}


@service.operation
def get_instance_metadata_defaults(call: Call[Any]) -> dict[str, Any]:
    """What was set; nothing else."""
    refuse_dry_run(call)
    return {"AccountLevel": {**call.state.get("metadata defaults", {}), "ManagedBy": "account"}}


@service.patch
def apply_metadata_defaults_at_launch() -> None:
    """The request's options, then its launch template's (which moto loses), then the account's."""

    def run(original: Any) -> Any:
        def run_instances(backend: Any, *arguments: Any, **settings: Any) -> Any:
            template = settings.get("launch_template")
            data = backend._get_template_from_args(template).data if template else {}
            defaults = service.state_of(backend.account_id, backend.region_name).get("metadata defaults", {})
            asked = {**(data.get("MetadataOptions") or {}), **(settings.get("metadata_options") or {})}
            options = {**{name: defaults[name] for name in OPTIONS if name in defaults}, **asked}
            if defaults.get("HttpTokensEnforced") == "enabled" and options.get("HttpTokens") != "required":
                message = "IMDSv2 is enforced for the account: HttpTokens must be required to launch an instance."
                raise Refusal("UnsupportedOperation", message)
            if (data.get("Monitoring") or {}).get("Enabled") and settings.get("monitoring_state") != "enabled":
                settings["monitoring_state"] = "enabled"
            return original(backend, *arguments, **(settings | {"metadata_options": options}))

        return run_instances

    replaced(EC2Backend, "run_instances", run)


@service.patch
def let_interfaces_end_with_their_instance() -> None:
    """What a launch makes, termination deletes, unless the request says otherwise; moto would keep the interfaces."""

    def attach(original: Any) -> Any:
        def prep_nics(instance: Any, nic_spec: list[Row], *arguments: Any, **settings: Any) -> None:
            kept = [nic for nic in nic_spec if nic.get("DeleteOnTermination") is False or nic.get("NetworkInterfaceId")]
            indices = {int(nic["DeviceIndex"]) for nic in kept}
            original(instance, nic_spec, *arguments, **settings)
            for index, interface in instance.nics.items():
                if index not in indices:
                    interface.delete_on_termination = True

        return prep_nics

    replaced(moto_instances.Instance, "prep_nics", attach)


@service.operation
def modify_instance_metadata_options(call: Call[Any]) -> dict[str, Any]:
    """Other options for one instance. moto would set what is not named back to its default."""
    instance = _instance(call, call.input["InstanceId"])
    hops = call.get("HttpPutResponseHopLimit")
    if hops is not None and not 1 <= hops <= MAX_HOPS:
        raise Refusal("InvalidParameterValue", f"HttpPutResponseHopLimit must be between 1 and {MAX_HOPS}.")
    if not any(call.get(name) is not None for name in OPTIONS):
        raise Refusal("MissingParameter", "The request must name at least one of the instance metadata options")
    refuse_dry_run(call)
    kept = instance.metadata_options
    options = {name: call.get(name, getattr(kept, camelcase_to_underscores(name))) for name in OPTIONS}
    instance.metadata_options = moto_instances.MetadataOptions(options)
    return {"InstanceId": instance.id, "InstanceMetadataOptions": {**options, "State": "pending"}}


# ---- detailed monitoring ----


@service.operation
def monitor_instances(call: Call[Any]) -> dict[str, Any]:
    """Metrics every minute."""
    return _set_monitoring(call, "enabled", "pending")


@service.operation
def unmonitor_instances(call: Call[Any]) -> dict[str, Any]:
    """Metrics every five minutes."""
    return _set_monitoring(call, "disabled", "disabling")


def _set_monitoring(call: Call[Any], state: str, told: str) -> dict[str, Any]:
    instances = [_instance(call, id) for id in call.input["InstanceIds"]]
    refuse_dry_run(call)
    answers = []
    for instance in instances:
        answers.append({"InstanceId": instance.id, "Monitoring": {"State": told}})
        instance.monitoring_state = state
    return {"InstanceMonitorings": answers}


# ---- user data ----


@service.operation
def modify_instance_attribute(call: Call[Any]) -> Any:
    """One attribute of an instance. moto reads user data as if it were base64 twice."""
    if call.get("UserData") is None and call.get("Attribute") != "userData":
        return call.moto()
    instance = _instance(call, call.input["InstanceId"])
    if "UserData" in call.input:
        data = (call.input["UserData"] or {}).get("Value", b"")
        data = data.encode() if isinstance(data, str) else data
    else:
        data = decoded(call.get("Value", ""))
    if data is None:
        raise Refusal("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
    if len(data) > MAX_USER_DATA:
        raise Refusal("InvalidParameterValue", f"User data is limited to {MAX_USER_DATA} bytes")
    if instance._state.name != "stopped":
        raise Refusal("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
    refuse_dry_run(call)
    instance.user_data = moto_instances.Base64EncodedString.from_raw_bytes(data) if data else None
    return None


@service.operation
def reset_instance_attribute(call: Call[Any]) -> None:
    """Back to the default: the check of source and destination, or a stopped instance's kernel or RAM disk."""
    instance = _instance(call, call.input["InstanceId"])
    attribute = call.input["Attribute"]
    if attribute not in ("sourceDestCheck", "kernel", "ramdisk"):
        raise Refusal("InvalidParameterValue", f"The attribute {attribute} cannot be reset.")
    if attribute != "sourceDestCheck" and instance._state.name != "stopped":
        raise Refusal("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
    refuse_dry_run(call)
    if attribute == "sourceDestCheck":
        instance.source_dest_check = True


# ---- the serial console ----


@service.operation
def enable_serial_console_access(call: Call[Any]) -> dict[str, Any]:
    """Let users of the account connect to the serial consoles of its instances."""
    return _set_console(call, True)


@service.operation
def disable_serial_console_access(call: Call[Any]) -> dict[str, Any]:
    """Let nobody."""
    return _set_console(call, False)


@service.operation
def get_serial_console_access_status(call: Call[Any]) -> dict[str, Any]:
    """Off until somebody switches it on."""
    refuse_dry_run(call)
    return {"SerialConsoleAccessEnabled": call.state.get("serial console", False), "ManagedBy": "account"}


def _set_console(call: Call[Any], on: bool) -> dict[str, Any]:
    refuse_dry_run(call)
    call.state["serial console"] = on
    return {"SerialConsoleAccessEnabled": on}


def _instance(call: Call[Any], id: str) -> Any:
    return call.backend.get_instance(id)
