"""How well an encoder finds edited copies and look-alikes, beside what it has to beat: `lookalike evaluate`.

`edits` make queries of originals, `plan` says which, `methods` are what is compared, `embedding` runs them, `copies`
and `categories` measure with `metrics` and `bootstrap`, `report` and `page` show it; `runner` is the whole. `fitting`
makes a calibration of the same answers: `lookalike calibrate`.
"""
