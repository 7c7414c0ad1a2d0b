"""The journal: every write of an attempt, line by line. The account is rebuilt from it; it is the submission."""
