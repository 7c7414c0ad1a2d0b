"""`make mutants`: break each evaluator in one place at a time, and count how many breaks its tests notice."""
