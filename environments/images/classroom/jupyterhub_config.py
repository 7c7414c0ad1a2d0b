"""JupyterHub of the classroom's container."""

import os

from hardenlab.classroom.hub import Hub

Hub(
    classroom="/srv/keeper",
    exchange="/srv/exchange",
    course=os.environ.get("HARDENLAB_COURSE_ID", "cloudsec"),
    keeper="keeper",
    state="/srv/hub",
).configure(get_config())  # type: ignore[name-defined]  # noqa: F821  JupyterHub's word for it
