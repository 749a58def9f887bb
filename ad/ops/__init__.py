"""The table of operations, one row each, in files by family.

Importing this package fills `ad.op.TABLE`. Adding an element-wise operation is one row in one of
these files (see docs/adding.md).
"""

from ad.ops import arithmetic, linalg, logic, reduction, shape, special, transcendental

__all__ = ["arithmetic", "linalg", "logic", "reduction", "shape", "special", "transcendental"]
