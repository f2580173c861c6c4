"""Fetching over HTTP from addresses that others name: bounded, and only from the public internet unless told."""
