"""Storage classes: which transitions there are, which is preferred, and which objects are too small for them.

Amazon S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle" (supported transitions, constraints) and
"Examples of S3 Lifecycle configurations" (conflicting actions).
"""

SMALL = 131_072
FIRST_DAYS = 30
INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
TARGETS = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
AFTER: dict[str, tuple[str, ...]] = {
    "STANDARD": TARGETS,
    "STANDARD_IA": ("INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", *ARCHIVES),
    "INTELLIGENT_TIERING": ("ONEZONE_IA", *ARCHIVES),
    "ONEZONE_IA": ARCHIVES,
    "GLACIER_IR": ARCHIVES,
    "GLACIER": ("DEEP_ARCHIVE",),
    "DEEP_ARCHIVE": (),
}
UNCLEAR = {("INTELLIGENT_TIERING", "GLACIER_IR")}
"""Transitions that one edition of the guide lists and another does not."""
PREFERENCE = ("DEEP_ARCHIVE", "GLACIER", "INTELLIGENT_TIERING", "GLACIER_IR", "ONEZONE_IA", "STANDARD_IA")
"""Of several transitions on one day, the first of these: the cheapest, with the guide's exception for tiering."""
