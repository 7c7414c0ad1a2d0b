"""Managed prefix lists: a change of entries leaves the name alone, which moto loses.

Source: Amazon EC2 API Reference, "ModifyManagedPrefixList".
"""

from typing import Any

from ...extend import Call
from ._service import refuse_dry_run, service


@service.operation
def modify_managed_prefix_list(call: Call[Any]) -> Any:
    """Other entries, and another name only if one is given."""
    kept = call.backend.managed_prefix_lists.get(call.input["PrefixListId"])
    name = kept.prefix_list_name if kept else None
    refuse_dry_run(call)
    answer = call.moto()
    if kept and "PrefixListName" not in call.input:
        kept.prefix_list_name = name
    return answer
