"""A learner's notebook in a sandbox: the kernel, its account, and what it answers."""
