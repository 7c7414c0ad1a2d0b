"""Event data stores of CloudTrail Lake: kept and protected; they take events in, and the lab runs no queries.

Sources: CloudTrail API Reference, "CreateEventDataStore" and the operations beside it; CloudTrail User Guide,
"CloudTrail Lake" (a store is deleted after seven days of waiting; termination protection is on by default).
"""

import re
from typing import Any

from ...extend import Call, Refusal
from ...extend.call import unique
from ._service import service

ARN = re.compile(r"arn:aws:cloudtrail:[a-z0-9-]+:\d{12}:eventdatastore/([0-9a-f-]{36})")
MAX_STORES = 10
# by pricing: the days of retention at most, and where none are given
RETENTION = {"EXTENDABLE_RETENTION_PRICING": (3653, 366), "FIXED_RETENTION_PRICING": (2557, 2557)}
MANAGEMENT = [
    {"Name": "Default management events", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
]
KEPT = (
    "Name", "AdvancedEventSelectors", "MultiRegionEnabled", "OrganizationEnabled", "RetentionPeriod",
    "TerminationProtectionEnabled", "KmsKeyId", "BillingMode",
)  # fmt: skip
SUMMARY = ("EventDataStoreArn", "Name", "Status", "CreatedTimestamp", "UpdatedTimestamp")
Row = dict[str, Any]


@service.operation
def create_event_data_store(call: Call[Any]) -> Row:
    """A store of the account's events, of this Region or of all."""
    stores = _stores(call)
    if len(stores) >= MAX_STORES:
        raise Refusal("EventDataStoreMaxLimitExceededException", f"An account has at most {MAX_STORES} stores.")
    if any(row["Name"] == call.input["Name"] for row in stores.values()):
        message = f"An event data store with the name {call.input['Name']} already exists."
        raise Refusal("EventDataStoreAlreadyExistsException", message)
    billing = call.get("BillingMode", "EXTENDABLE_RETENTION_PRICING")
    _, usual = RETENTION[billing]
    row = {
        "AdvancedEventSelectors": MANAGEMENT, "MultiRegionEnabled": True, "OrganizationEnabled": False,
        "RetentionPeriod": usual, "TerminationProtectionEnabled": True, "BillingMode": billing,
        **{name: call.input[name] for name in KEPT if name in call.input},
    }  # fmt: skip
    _check(row)
    call.tags.check(call.get("TagsList"))
    arn = call.arn("cloudtrail", f"eventdatastore/{unique()}")
    status = "ENABLED" if call.get("StartIngestion", True) else "STOPPED_INGESTION"
    stores[arn] = {
        "EventDataStoreArn": arn, "Status": status, "CreatedTimestamp": call.now, "UpdatedTimestamp": call.now, **row,
    }  # fmt: skip
    call.backend.tagging_service.tag_resource(arn, call.get("TagsList") or [])
    return stores[arn] | {"TagsList": call.get("TagsList") or []}


@service.operation
def get_event_data_store(call: Call[Any]) -> Row:
    """A store by ARN or by the id that ends it."""
    return _store(call)


@service.operation
def list_event_data_stores(call: Call[Any]) -> Row:
    """The stores of the account and Region."""
    return {"EventDataStores": [{name: row[name] for name in SUMMARY} for row in _stores(call).values()]}


@service.operation
def update_event_data_store(call: Call[Any]) -> Row:
    """Other settings for a store that is not about to go."""
    row = _active(call)
    changed = row | {name: call.input[name] for name in KEPT if name in call.input}
    _check(changed)
    row |= changed | {"UpdatedTimestamp": call.now}
    return row


@service.operation
def delete_event_data_store(call: Call[Any]) -> None:
    """Let a store go in seven days, if nothing protects it."""
    row = _active(call)
    if row["TerminationProtectionEnabled"]:
        message = "The event data store cannot be deleted because termination protection is enabled for it."
        raise Refusal("EventDataStoreTerminationProtectedException", message)
    row |= {"Status": "PENDING_DELETION", "UpdatedTimestamp": call.now}


@service.operation
def restore_event_data_store(call: Call[Any]) -> Row:
    """Keep a store that waits for its deletion."""
    row = _store(call)
    if row["Status"] != "PENDING_DELETION":
        raise Refusal("InvalidEventDataStoreStatusException", "The event data store is not pending deletion.")
    row |= {"Status": "ENABLED", "UpdatedTimestamp": call.now}
    return row


@service.operation
def start_event_data_store_ingestion(call: Call[Any]) -> None:
    """Take events in."""
    _turn(call, "STOPPED_INGESTION", "ENABLED")


@service.operation
def stop_event_data_store_ingestion(call: Call[Any]) -> None:
    """Take none in for now."""
    _turn(call, "ENABLED", "STOPPED_INGESTION")


def _turn(call: Call[Any], before: str, after: str) -> None:
    row = _store(call)
    if row["Status"] != before:
        raise Refusal("InvalidEventDataStoreStatusException", f"The event data store is {row['Status']}.")
    row |= {"Status": after, "UpdatedTimestamp": call.now}


def _check(row: Row) -> None:
    most, _ = RETENTION[row["BillingMode"]]
    if row["RetentionPeriod"] > most:
        raise Refusal(
            "InvalidParameterException", f"With {row['BillingMode']} events are kept for {most} days at most."
        )


def _stores(call: Call[Any]) -> dict[str, Row]:
    kept: dict[str, Row] = call.state.setdefault("event data stores", {})
    return kept


def _active(call: Call[Any]) -> Row:
    row = _store(call)
    if row["Status"] == "PENDING_DELETION":
        raise Refusal("InactiveEventDataStoreException", "The event data store is inactive.")
    return row


def _store(call: Call[Any]) -> Row:
    given = call.input["EventDataStore"]
    arn = given if given.startswith("arn:") else call.arn("cloudtrail", f"eventdatastore/{given}")
    if not ARN.fullmatch(arn):
        raise Refusal("EventDataStoreARNInvalidException", f"{given[:200]} is not the ARN of an event data store.")
    if arn not in _stores(call):
        raise Refusal("EventDataStoreNotFoundException", f"The event data store {given[:200]} was not found.")
    return _stores(call)[arn]
