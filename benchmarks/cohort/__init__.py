"""What grading a cohort costs: see `python -m benchmarks.cohort --help`."""
