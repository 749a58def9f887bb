"""Source of the native samplers: plain Python that Numba compiles once a machine.

Everything here works on two flat buffers a chain, one of reals and one of 64-bit words, whose
places are named in `layout`. No function allocates, raises or keeps references, so the object code
needs nothing of Numba's runtime and is loaded without Numba (`inference.native`). Only `layout`
and `normal` may be imported by code that runs in a warm process.
"""
