"""The edits that make a query of an original: what people and websites do to pictures.

Written with Pillow and NumPy for evaluation alone, and kept apart from the augmentations of training on purpose: an
encoder must not be measured with the code it was trained with.
"""
