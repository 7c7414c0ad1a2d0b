"""Lifecycle configurations in a few words."""

from hardenlab.semantics.lifecycle import Lifecycle


def rule(name="r", *, status="Enabled", **fields):
    """A rule for all objects unless a filter is given."""
    where = {} if "Prefix" in fields else {"Filter": {}}
    return {"ID": name, "Status": status, **where, **fields}


def moves(**days):
    """Transitions by class."""
    return {"Transitions": [{"StorageClass": target, "Days": days} for target, days in days.items()]}


def moves_noncurrent(**days):
    return {
        "NoncurrentVersionTransitions": [
            {"StorageClass": target, "NoncurrentDays": days} for target, days in days.items()
        ]
    }


def expires(days):
    return {"Expiration": {"Days": days}}


def removes(days, newer=None):
    """Removes noncurrent versions."""
    more = {"NewerNoncurrentVersions": newer} if newer else {}
    return {"NoncurrentVersionExpiration": {"NoncurrentDays": days, **more}}


def lifecycle(*rules, versioning="Unversioned", **more):
    return Lifecycle.read({"Rules": list(rules), **more}, versioning)
