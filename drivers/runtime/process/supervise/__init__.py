"""The supervisor of one instance: a small program of its own, standard library only, that outlives the gateway.

Its modules import each other relatively, so that they work both as part of the driver (which shares their formats)
and as the top-level package `supervise` of the program, which must not load the rest of Gatehouse.
"""
