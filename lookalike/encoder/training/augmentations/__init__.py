"""Edits that people make of pictures, drawn at random from a seed. Evaluation has edits of its own."""
