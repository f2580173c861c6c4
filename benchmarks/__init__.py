"""Measurements; each is a command, and each quotes ratios within one run."""
