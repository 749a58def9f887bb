"""Approximations of densities, one file an algorithm.

Each algorithm is given a `Density` and returns an `Approximation`.
"""
