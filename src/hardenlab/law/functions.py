"""Tasks that judge a learner's function, in the law: the author's own is called in this process."""

import json
from collections.abc import Mapping
from typing import Any

from hardenlab.assess.functions import judge_function
from hardenlab.cohort.kernel.calling import answers
from hardenlab.course.load import Course
from hardenlab.model.assessment import Assessment
from hardenlab.model.rubric import Section
from hardenlab.model.variation import Variation


def with_functions(
    assessment: Assessment, course: Course, section: Section, variant: str, defined: Mapping[str, Any]
) -> Assessment:
    """The assessment with the functions judged that the cells defined."""
    results = {}
    for task in section.tasks:
        if task.function is not None:
            calls = course.functions[task.function](Variation(variant))
            told = answers(defined, task.function, json.dumps([list(call.arguments) for call in calls]))
            results[task.id] = judge_function(task, calls, json.loads(told))
    return assessment.replaced(results)
