"""Courses on disk: find one, load it, and tell its authors file and line of what is wrong."""
