"""Where operations on arrays are promised to be accurate, and which rows are not measured.

Shared by tests/ad/test_accuracy.py and docs/make_accuracy.py. How errors are measured is told in
tests/ad/measuring_arrays.py.
"""

from typing import Any

import numpy as np
from mpmath import mp

import ad
from ad.op import TABLE
from tests.ad.complex_regions import COMPLEX
from tests.ad.function_regions import FUNCTIONS
from tests.ad.matrix_regions import LIBRARY
from tests.ad.measuring_arrays import Array, ArrayRegion, Rng, numbers, parts, several


def _logits(rng: Rng) -> tuple[Array, ...]:
    return (rng.uniform(-4.0, 4.0, 8),)


def _logsumexp(x: Any) -> Any:
    return mp.log(mp.fsum(mp.exp(one) for one in x))


def _fft(x: Any) -> Any:
    size = len(x)
    bins = [
        mp.fsum(x[k] * mp.expjpi(-mp.mpf(2 * j * k) / size) for k in range(size))
        for j in range(size // 2 + 1)
    ]
    return np.array([*(z.real for z in bins), *(z.imag for z in bins)], dtype=object)


def _irfft(re: Any, im: Any) -> Any:
    size = 2 * (len(re) - 1)
    bins = [mp.mpc(x, y) for x, y in zip(re, im, strict=True)]
    bins[0], bins[-1] = bins[0].real, bins[-1].real
    full = [*bins, *(mp.conj(z) for z in bins[-2:0:-1])]
    return np.array(
        [
            mp.fsum(full[j] * mp.expjpi(mp.mpf(2 * j * k) / size) for j in range(size)).real / size
            for k in range(size)
        ],
        dtype=object,
    )


def _interp(x: Any, xp: Any, fp: Any) -> Any:
    found = []
    for one in x:
        k = max(i for i in range(len(xp) - 1) if xp[i] <= one)
        found.append(fp[k] + (one - xp[k]) / (xp[k + 1] - xp[k]) * (fp[k + 1] - fp[k]))
    return np.array(found, dtype=object)


def _variance(x: Any) -> Any:
    mean = mp.fsum(x) / len(x)
    return mp.fsum((one - mean) ** 2 for one in x) / len(x)


TAKEN = (np.arange(12).reshape(3, 4) * 7) % 3 == 1
STORED = np.sin(1.0 + np.arange(TAKEN.sum()))


def _sparse(x: Any) -> Any:
    starts = np.concatenate([[0], np.cumsum(TAKEN.sum(axis=1))])
    columns = np.nonzero(TAKEN)[1]
    return TABLE["sparse_product"](STORED, columns, starts, x, size=4, transposed=False)


def _sparse_exact(x: Any) -> Any:
    dense = np.full((3, 4), mp.mpf(0), dtype=object)
    dense[TAKEN] = [mp.mpf(value) for value in STORED.tolist()]
    return dense @ x


PLACES = np.array([0, 2, 1, 2, 2, 0, 1])
SUMS: tuple[ArrayRegion, ...] = (
    *(
        ArrayRegion(name, (name,), "any", TABLE[name], lambda a, b: a @ b, several(*shapes))
        for name, shapes in (
            ("matvec", ((5, 4), (4,))),
            ("matmul", ((5, 4), (4, 3))),
            ("batched_matmul", ((3, 2, 4), (3, 4, 2))),
        )
    ),
    ArrayRegion(
        "sparse product",
        ("sparse_product",),
        "any",
        _sparse,
        _sparse_exact,
        numbers(4),
    ),
    ArrayRegion("sum", ("sum",), "any", np.sum, mp.fsum, numbers(100)),
    ArrayRegion(
        "cumsum",
        ("cumsum",),
        "any",
        np.cumsum,
        lambda x: np.array([mp.fsum(x[: k + 1]) for k in range(len(x))]),
        numbers(30),
    ),
    ArrayRegion(
        "scatter_add",
        ("scatter_add",),
        "any",
        lambda x: TABLE["scatter_add"](x, PLACES, shape=(3,)),
        lambda x: np.array([mp.fsum(x[k] for k in np.flatnonzero(i == PLACES)) for i in range(3)]),
        numbers(7),
    ),
    ArrayRegion(
        "elements added at computed positions",
        ("placed",),
        "any",
        lambda x: TABLE["placed"](x, np.asarray(PLACES, dtype=float), size=3),
        lambda x: np.array([mp.fsum(x[k] for k in np.flatnonzero(i == PLACES)) for i in range(3)]),
        numbers(7),
    ),
    ArrayRegion("prod", ("multiply",), "any", np.prod, mp.fprod, numbers(9)),
    ArrayRegion(
        "cumprod",
        ("multiply",),
        "any",
        np.cumprod,
        lambda x: np.array([mp.fprod(x[: k + 1]) for k in range(len(x))]),
        numbers(9),
    ),
    ArrayRegion("mean", ("sum",), "any", np.mean, lambda x: mp.fsum(x) / len(x), numbers(50)),
    ArrayRegion("var", ("sum",), "any", np.var, _variance, numbers(20)),
    ArrayRegion("std", ("sum",), "any", np.std, lambda x: mp.sqrt(_variance(x)), numbers(20)),
    ArrayRegion(
        "logsumexp",
        ("exp", "sum", "log"),
        "elements between -4 and 4: no share nearly 1",
        ad.special.logsumexp,
        _logsumexp,
        _logits,
    ),
    ArrayRegion(
        "log1p_sum",
        ("log1p_sum",),
        "elements between 4e-18 and 1, as the laws that make it have them",
        TABLE["log1p_sum"],
        lambda x: mp.fsum(mp.log1p(one) for one in x),
        lambda rng: (np.exp(-rng.uniform(0, 40, size=50)),),
    ),
    ArrayRegion(
        "softmax",
        ("exp",),
        "elements between -4 and 4: no share nearly 1",
        ad.special.softmax,
        lambda x: np.array([mp.exp(one - _logsumexp(x)) for one in x]),
        _logits,
    ),
    ArrayRegion(
        "log_softmax",
        ("exp", "log"),
        "elements between -4 and 4: no share nearly 1",
        ad.special.log_softmax,
        lambda x: np.array([one - _logsumexp(x) for one in x]),
        _logits,
    ),
    ArrayRegion(
        "fft.rfft", ("matmul",), "length 10", lambda x: parts(np.fft.rfft(x)), _fft, numbers(10)
    ),
    ArrayRegion(
        "fft.irfft",
        ("matmul",),
        "length 10",
        lambda re, im: np.fft.irfft(re + 1j * im),
        _irfft,
        several((6,), (6,)),
    ),
    ArrayRegion(
        "convolve",
        ("multiply", "sum"),
        "any",
        np.convolve,
        lambda a, b: np.array(
            [
                mp.fsum(a[i] * b[k - i] for i in range(len(a)) if 0 <= k - i < len(b))
                for k in range(len(a) + len(b) - 1)
            ]
        ),
        several((7,), (4,)),
    ),
    ArrayRegion(
        "interp",
        ("along",),
        "inside",
        np.interp,
        _interp,
        lambda rng: (
            rng.uniform(0.5, 6.5, 9),
            np.arange(8.0) + rng.uniform(-0.3, 0.3, 8),
            rng.normal(size=8),
        ),
    ),
)
ARRAY_REGIONS = LIBRARY + FUNCTIONS + COMPLEX + SUMS

MOVES = "moves values, or chooses among them, without arithmetic"
TRUTH = "true or false, or a whole number: exact, derivative 0"
PACKED = "results of a library call, read by rows that are measured"
GIVEN = "computes what a user's function says, by rows that are measured"
LEAF = "has no arguments"
NOT_MEASURED: dict[str, str] = {
    **dict.fromkeys(
        (
            *("reshape", "broadcast_to", "view", "assemble", "gather", "where"),
            *("max", "min", "stop_gradient"),
        ),
        MOVES,
    ),
    **dict.fromkeys(
        (
            *("sign", "floor", "ceil", "rint", "less", "less_equal", "greater", "greater_equal"),
            *("equal", "not_equal", "isnan", "isfinite", "isinf", "logical_and", "logical_or"),
            *("logical_xor", "logical_not", "argsort", "searchsorted"),
        ),
        TRUTH,
    ),
    **dict.fromkeys(("lu", "eigh", "svd", "qr"), PACKED),
    **dict.fromkeys(
        ("custom", "external", "scan", "checkpoint", "cond", "while_loop"),
        GIVEN,
    ),
    **dict.fromkeys(("input", "literal", "data"), LEAF),
}
