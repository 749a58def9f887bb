"""The kernels' random numbers, on arrays, for what happens outside them (initial points)."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

TRANSITIONS: Final = 0  # purposes, the last word of a counter
STEP_SEARCH: Final = 1
INITIAL_POINTS: Final = 2

_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)


def philox(counter: ArrayLike, key: tuple[int, int]) -> NDArray[np.uint64]:
    """Philox4x32-10.

    The function of Salmon, Moraes, Dror and Shaw (2011), Parallel Random Numbers: As Easy as
    1, 2, 3, SC'11, with its ten rounds.

    Parameters
    ----------
    counter : array, shape (..., 4)
        Words of 32 bits.
    key : tuple of two int
        Words of 32 bits.

    Returns
    -------
    array, shape (..., 4)
        Words of 32 random bits.
    """
    c0, c1, c2, c3 = np.moveaxis(np.asarray(counter, dtype=np.uint64), -1, 0)
    k0, k1 = key
    for _ in range(10):
        low, high = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0 = (high >> _SHIFT) ^ c1 ^ np.uint64(k0)
        c2 = (low >> _SHIFT) ^ c3 ^ np.uint64(k1)
        c1, c3 = high & _MASK, low & _MASK
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=-1)


def uniform(n: int, seed: int, chain: int, purpose: int, turn: int = 0) -> NDArray[np.float64]:
    """Numbers uniform in (0, 1) from the stream of a chain.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        64 bits.
    chain, purpose, turn : int
        32 bits each; what the numbers are for. Different ones give independent numbers.

    Returns
    -------
    array, shape (n,)
        Multiples of 2^-53, never 0 or 1.
    """
    counter = np.zeros((-(-n // 2), 4), dtype=np.uint64)
    counter[:, 0] = np.arange(len(counter))
    counter[:, 1:] = (turn, chain, purpose)
    words = philox(counter, (seed & 0xFFFFFFFF, seed >> 32))
    bits = words[:, 0::2] | (words[:, 1::2] << _SHIFT)
    numbers = ((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
    return numbers.ravel()[:n]
