"""The journal: every write of an attempt, line by line, from which its account is rebuilt. It is also the submission."""
