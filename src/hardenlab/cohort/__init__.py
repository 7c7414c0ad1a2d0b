"""Cohorts: labs as nbgrader assignments, graded from journals. nbgrader is imported here and nowhere else."""
