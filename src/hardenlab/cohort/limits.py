"""How much of a submission is read, and how long it may take."""

JOURNAL_BYTES = 32 * 1024 * 1024
HEADER_BYTES = 64 * 1024
ANSWER_BYTES = 8 * 1024 * 1024
WALL_SECONDS = 120.0
START_SECONDS = 120.0
ATTEMPTS = 2
WORLDS = 8
