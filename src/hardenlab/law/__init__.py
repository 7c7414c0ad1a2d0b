"""The law: what every section must prove, in every variant, before anybody learns from it."""
