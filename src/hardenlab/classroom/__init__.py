"""A classroom: the attempts of many learners on one machine, run by a Unix user that none of them is."""
