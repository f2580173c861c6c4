"""The encoder room: pictures in, unit vectors out.

`decode` turns hostile bytes into pixels, `artefact` names a model on disk, `session` runs it. None of these
imports torch; only `model` with what it is made of, and `training`, `make_artefact` and `export`, which make an
artefact, do, and the baseline of `evaluation` that needs it.
"""
