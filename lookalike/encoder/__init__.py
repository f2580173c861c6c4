"""The encoder room: pictures in, unit vectors out.

`decode` turns hostile bytes into pixels, `artefact` names a model on disk, `session` runs it. None of these
imports torch; only `model`, what it is made of, `export` and `training`, which make an artefact, do.
"""
