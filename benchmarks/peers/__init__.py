"""Other people's programs, each run by a script in an environment that has it; a script prints one JSON object."""
