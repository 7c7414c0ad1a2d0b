"""The words of hardenlab as values: findings, controls, scenarios, rubrics, assessments."""
