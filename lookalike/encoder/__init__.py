"""The encoder room: pictures in, unit vectors out.

`decode` turns hostile bytes into pixels, `artefact` names a model on disk, `session` runs it. None of these
imports torch; only `model`, `whitening` and `export`, which make an artefact, do.
"""
