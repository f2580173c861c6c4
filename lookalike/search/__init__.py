"""The search room: questions to the index, and its answers in a form that a person or a script can read."""
