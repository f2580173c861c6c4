"""The parts of the loss, one idea per file."""
