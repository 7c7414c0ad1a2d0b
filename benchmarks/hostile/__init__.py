"""`make bench`: input that is made to hurt, for each evaluator."""
