"""An attempt: one learner at one section, with an account, keys and a journal of its own."""
