"""Calls of NumPy's functions for test_numpy.py: those of families beyond arithmetic and shapes.

Each is a function of a vector of 12 numbers that NumPy understands as well.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special

Y = np.array([1.3, 0.4, -0.7, 2.1, 0.9, -1.2])
M = np.array([[1.0, -2.0, 0.5], [0.3, 1.1, -0.4]])
MASK = np.array([True, False, True, True, False, False])
GRID = np.array([-2.0, -0.5, 0.1, 0.8, 1.5])


def a(x: Any) -> Any:
    """Six numbers."""
    return x[:6]


def b(x: Any) -> Any:
    """Six others."""
    return x[6:12]


def mat(x: Any) -> Any:
    """A matrix."""
    return x[:6].reshape(2, 3)


def cube(x: Any) -> Any:
    """Three axes."""
    return x.reshape(2, 3, 2)


def pos(x: Any) -> Any:
    """Six positive numbers."""
    return np.exp(x[:6])


def quiet(function: Callable[[Any], Any], x: Any) -> Any:
    """`function(x)`, which NumPy is giving up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return function(x)


def holed(x: Any) -> Any:
    """A matrix in which some elements are nan."""
    return np.where(np.array([[True, True, False], [True, False, True]]), mat(x), np.nan)


def square(x: Any) -> Any:
    """A matrix far from singular."""
    return x[:9].reshape(3, 3) + 4.0 * np.eye(3)


Case = Callable[[Any], Any]
ELEMENTWISE: dict[str, list[Case]] = {
    "arctan2": [lambda x: np.arctan2(a(x), b(x)), lambda x: np.arctan2(a(x), -2.0)],
    "hypot_share": [lambda x: np.hypot(a(x), 2.0)],
    "fmod": [lambda x: np.fmod(a(x), 0.4), lambda x: np.fmod(7.3, pos(x))],
    "divmod": [lambda x: np.divmod(a(x), 0.4)[1], lambda x: np.divmod(a(x), 0.4)[0] * b(x)],
    "floor_divide": [lambda x: (a(x) // 0.4) * b(x), lambda x: (5.0 // pos(x)) * b(x)],
    "modf": [lambda x: np.modf(3.0 * a(x))[0], lambda x: np.modf(3.0 * a(x))[1] * b(x)],
    "trunc": [lambda x: np.trunc(3.0 * a(x)) * b(x)],
    "fix": [lambda x: quiet(np.fix, 3.0 * a(x)) * b(x)],
    "round": [lambda x: np.round(a(x), 1) * b(x), lambda x: np.round(100.0 * a(x), -1) * b(x)],
    "around": [lambda x: np.around(a(x)) * b(x)],
    "signbit": [lambda x: np.where(np.signbit(a(x)), a(x), b(x))],
    "copysign": [lambda x: np.copysign(a(x), b(x)), lambda x: np.copysign(2.0, b(x)) * a(x)],
    "heaviside": [lambda x: np.heaviside(a(x), 0.5) * b(x)],
    "nextafter": [lambda x: np.nextafter(a(x), 3.0)],
    "ldexp": [lambda x: np.ldexp(a(x), np.array([1, 2, -3, 0, 4, 1]))],
    "conjugate": [lambda x: np.conj(a(x))],
    "degrees": [lambda x: np.degrees(a(x))],
    "radians": [lambda x: np.radians(a(x))],
    "logaddexp2": [lambda x: np.logaddexp2(a(x), b(x))],
    "vecdot": [lambda x: np.vecdot(mat(x), M), lambda x: np.vecdot(cube(x), x[:2])],
    "matvec": [lambda x: np.matvec(mat(x), x[6:9]), lambda x: np.matvec(M, x[6:9])],
    "vecmat": [lambda x: np.vecmat(x[6:8], mat(x))],
    "exp10": [lambda x: scipy.special.exp10(a(x))],
    "i0": [lambda x: np.i0(a(x))],
    "sinc": [np.sinc, lambda x: np.sinc(a(x) - a(x) + 1e-9 * b(x))],
    "isclose": [lambda x: np.where(np.isclose(a(x), 0.31, rtol=0.1), a(x), b(x))],
    "allclose": [lambda x: np.where(np.allclose(a(x), a(x)), a(x), b(x))],
    "isposinf": [lambda x: np.where(np.isposinf(a(x)), 0.0, a(x))],
    "isneginf": [lambda x: np.where(np.isneginf(a(x)), 0.0, a(x))],
    "imag": [lambda x: np.imag(a(x)) + a(x)],
    "angle": [lambda x: np.angle(a(x)) * b(x), lambda x: np.angle(a(x), deg=True) * b(x)],
    "real_if_close": [lambda x: np.real_if_close(a(x))],
    "isreal": [lambda x: np.where(np.isreal(a(x)), a(x), 0.0)],
    "iscomplex": [lambda x: np.where(np.iscomplex(a(x)), 0.0, a(x))],
    "isrealobj": [lambda x: x[0] if np.isrealobj(x) else x[1]],
    "iscomplexobj": [lambda x: x[0] if np.iscomplexobj(x) else x[1]],
    "select": [
        lambda x: np.select([a(x) > 1.0, a(x) > 0.0], [a(x), b(x)], -1.0),
        lambda x: np.select([MASK, ~MASK], [a(x), a(x) * b(x)]),
    ],
    "piecewise": [
        lambda x: np.piecewise(a(x), [a(x) < 0.0, a(x) >= 1.0], [np.sin, np.cos, 2.0]),
        lambda x: np.piecewise(a(x), [MASK], [np.exp, lambda u: u**2]),
    ],
    "choose": [
        lambda x: np.choose(np.array([0, 1, 1, 0, 2, 2]), [a(x), b(x), Y]),
        lambda x: np.choose(np.array([0, 3, 1, -1, 2, 2]), [a(x), b(x), Y], mode="wrap"),
        lambda x: np.choose(np.array([0, 3, 1, -1, 2, 2]), [a(x), b(x), Y], mode="clip"),
    ],
    "nan_to_num": [
        lambda x: np.nan_to_num(np.where(MASK, a(x), np.inf), posinf=2.0) * 1.0,
        lambda x: np.nan_to_num(np.where(MASK, a(x), np.nan), nan=3.0),
    ],
}

REDUCTIONS: dict[str, list[Case]] = {
    "sum": [
        lambda x: np.sum(mat(x), axis=0, where=M > 0),
        lambda x: np.sum(mat(x), initial=3.0, where=mat(x) > 0),
    ],
    "prod": [lambda x: np.prod(mat(x), axis=1, initial=2.0, where=M > 0)],
    "max": [
        lambda x: np.max(mat(x), axis=1, initial=0.5),
        lambda x: np.max(x[:0], initial=2.0) + x,
    ],
    "min": [lambda x: np.min(mat(x), axis=1, initial=9.0, where=M > -1.0)],
    "mean": [lambda x: np.mean(mat(x), axis=0, where=[[True], [False]])],
    "var": [
        lambda x: np.var(mat(x), axis=1, where=M > -1.0),
        lambda x: np.var(mat(x), axis=1, correction=1),
        lambda x: np.var(mat(x), axis=1, mean=np.mean(mat(x), axis=1, keepdims=True)),
    ],
    "std": [lambda x: np.std(mat(x), axis=1, where=M > -1.0, keepdims=True)],
    "any": [lambda x: np.where(np.any(mat(x) > 1.8, axis=0, where=M > 0), x[:3], 0.0)],
    "all": [lambda x: np.where(np.all(mat(x) > -1.0, axis=0, keepdims=True), x[:3], 0.0)],
    "count_nonzero": [
        lambda x: np.count_nonzero(a(x) > 0) * x[0],
        lambda x: np.count_nonzero(mat(x) > 0, axis=1) * x[:2],
    ],
    "ptp": [np.ptp, lambda x: np.ptp(mat(x), axis=1, keepdims=True)],
    "argmax": [
        lambda x: np.argmax(x) * x[0],
        lambda x: np.argmax(mat(x), axis=1) * x[:2],
        lambda x: np.argmax(holed(x), axis=0, keepdims=True) * x[:3],
    ],
    "argmin": [lambda x: np.argmin(cube(x), axis=1) * x[:2]],
    "nanargmax": [lambda x: np.nanargmax(holed(x), axis=1) * x[:2]],
    "nanargmin": [lambda x: np.nanargmin(holed(x)) * x[:2]],
    "cumprod": [
        np.cumprod,
        lambda x: np.cumprod(mat(x), axis=0),
        lambda x: np.cumprod(cube(x), axis=1),
        lambda x: np.cumprod(a(x) * np.array([1.0, 1.0, 0.0, 1.0, 0.0, 1.0])),
    ],
    "cumulative_sum": [
        lambda x: np.cumulative_sum(x[1:]),
        lambda x: np.cumulative_sum(mat(x), axis=1, include_initial=True),
    ],
    "cumulative_prod": [lambda x: np.cumulative_prod(mat(x), axis=0, include_initial=True)],
    "nansum": [lambda x: np.nansum(holed(x)), lambda x: np.nansum(holed(x), axis=0)],
    "nanprod": [lambda x: np.nanprod(holed(x), axis=1)],
    "nancumsum": [lambda x: np.nancumsum(holed(x), axis=1)],
    "nancumprod": [lambda x: np.nancumprod(holed(x))],
    "nanmax": [lambda x: np.nanmax(holed(x)), lambda x: np.nanmax(holed(x), 1, keepdims=True)],
    "nanmin": [lambda x: np.nanmin(holed(x), axis=0)],
    "nanmean": [lambda x: np.nanmean(holed(x)), lambda x: np.nanmean(holed(x), axis=1)],
    "nanvar": [lambda x: np.nanvar(holed(x), axis=1), lambda x: np.nanvar(holed(x), ddof=1)],
    "nanstd": [lambda x: np.nanstd(holed(x), axis=1, keepdims=True)],
    "average": [
        lambda x: np.average(cube(x), axis=(0, 1), weights=np.arange(1.0, 7.0).reshape(2, 3)),
        lambda x: np.average(mat(x), axis=1, weights=np.abs(M), keepdims=True),
        lambda x: np.average(a(x), weights=pos(x), returned=True)[1],
    ],
    "cov": [
        lambda x: np.cov(mat(x)),
        lambda x: np.cov(a(x), b(x)),
        lambda x: np.cov(mat(x), rowvar=False, bias=True),
        lambda x: np.cov(cube(x)[0], aweights=pos(x)[:2], fweights=[1, 3]),
        lambda x: np.cov(a(x)),
    ],
    "corrcoef": [
        lambda x: np.corrcoef(a(x), b(x)),
        lambda x: np.corrcoef(x.reshape(3, 4)),
    ],
}

METHODS = (
    *("linear", "lower", "higher", "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf"),
    *("closest_observation", "interpolated_inverted_cdf", "hazen", "weibull"),
    *("median_unbiased", "normal_unbiased"),
)
ORDERING: dict[str, list[Case]] = {
    "sort": [
        np.sort,
        lambda x: np.sort(mat(x), axis=0),
        lambda x: np.sort(cube(x), axis=1),
        lambda x: np.sort(cube(x), axis=None),
        lambda x: np.sort(np.round(a(x), 0) + 1e-3 * b(x), stable=True),
    ],
    "argsort": [
        lambda x: np.argsort(a(x)) * b(x),
        lambda x: (
            np.take(b(x), np.argsort(a(x)))
            if not isinstance(x, np.ndarray)
            else b(x)[np.argsort(a(x))]
        ),
        lambda x: np.argsort(cube(x), axis=1) * cube(x),
        lambda x: np.argsort(mat(x), axis=None) * b(x),
    ],
    "partition": [lambda x: np.partition(x, 2)[2], lambda x: np.partition(mat(x), 1)[:, 1]],
    "argpartition": [lambda x: np.argpartition(x, 2)[2] * x[0]],
    "lexsort": [lambda x: np.lexsort((a(x), np.round(b(x)))) * b(x)],
    "searchsorted": [
        lambda x: np.searchsorted(GRID, a(x)) * b(x),
        lambda x: np.searchsorted(np.sort(a(x)), b(x), side="right") * b(x),
        lambda x: np.searchsorted(GRID, x[0]) * x,
        lambda x: np.searchsorted(a(x), b(x), sorter=np.argsort(a(x))) * b(x),
    ],
    "digitize": [
        lambda x: np.digitize(a(x), GRID) * b(x),
        lambda x: np.digitize(mat(x), GRID[::-1], right=True) * mat(x),
        lambda x: np.digitize(b(x), np.sort(a(x))) * b(x),
    ],
    "median": [
        np.median,
        lambda x: np.median(x[:5]),
        lambda x: np.median(mat(x), axis=0),
        lambda x: np.median(cube(x), axis=(0, 2), keepdims=True),
    ],
    "nanmedian": [lambda x: np.nanmedian(holed(x)), lambda x: np.nanmedian(holed(x), axis=1)],
    "quantile": [
        lambda x: np.quantile(x, 0.3),
        lambda x: np.quantile(mat(x), [0.1, 0.5, 1.0], axis=1),
        lambda x: np.quantile(cube(x), np.array([[0.2], [0.7]]), axis=(0, 1), keepdims=True),
        lambda x: np.quantile(a(x), 0.4 + 0.1 * x[7] ** 2),
        *(
            lambda x, m=m, q=q: np.quantile(a(x), q, method=m)
            for m in METHODS
            for q in (0.0, 0.25, 0.5, 0.83, 1.0)
        ),
    ],
    "nanquantile": [lambda x: np.nanquantile(holed(x), [0.2, 0.6], axis=1)],
    "percentile": [
        lambda x: np.percentile(x, 30),
        lambda x: np.percentile(mat(x), [5, 95], axis=0),
    ],
    "nanpercentile": [lambda x: np.nanpercentile(holed(x), 40.0)],
}

INDEXING: dict[str, list[Case]] = {
    "take": [
        lambda x: np.take(mat(x), [[0, 1], [1, 0]], axis=0),
        lambda x: np.take(a(x), [7, -8], mode="wrap"),
        lambda x: np.take(a(x), [7, -8], mode="clip"),
    ],
    "take_along_axis": [
        lambda x: np.take_along_axis(mat(x), np.argsort(mat(x), axis=1), axis=1),
        lambda x: np.take_along_axis(cube(x), np.argsort(cube(x) ** 2, axis=1), axis=1),
        lambda x: np.take_along_axis(M, np.argsort(mat(x), axis=1), axis=1) * mat(x),
    ],
    "compress": [
        lambda x: np.compress([True, False, True], mat(x), axis=1),
        lambda x: np.compress(MASK, a(x)),
    ],
    "extract": [lambda x: np.extract(M > 0, mat(x))],
    "insert": [
        lambda x: np.insert(a(x), 2, x[7]),
        lambda x: np.insert(mat(x), [0, 2], 1.5, axis=1),
        lambda x: np.insert(a(x), [1, 1, 4], b(x)[:3]),
    ],
    "apply_along_axis": [
        lambda x: np.apply_along_axis(np.cumsum, 1, mat(x)),
        lambda x: np.apply_along_axis(np.sum, 0, cube(x)),
        lambda x: np.apply_along_axis(lambda v: np.outer(v, v), 1, mat(x)),
    ],
    "apply_over_axes": [lambda x: np.apply_over_axes(np.sum, cube(x), [0, 2])],
    "isin": [
        lambda x: np.where(np.isin(a(x), a(x)[:2]), a(x), 0.0),
        lambda x: np.where(np.isin(a(x), [5.0], invert=True), a(x), 0.0),
    ],
    "bincount": [lambda x: np.bincount([0, 2, 2, 1, 0, 4], weights=a(x), minlength=7)],
    "diff": [
        lambda x: np.diff(mat(x), prepend=1.0, append=b(x)[:2].reshape(2, 1)),
        lambda x: np.diff(a(x), n=0),
    ],
    "ediff1d": [
        lambda x: np.ediff1d(mat(x)),
        lambda x: np.ediff1d(a(x), to_begin=x[7], to_end=[1.0, 2.0]),
    ],
    "diag_indices_from": [lambda x: square(x)[np.diag_indices_from(square(x))]],
    "tril_indices_from": [lambda x: mat(x)[np.tril_indices_from(mat(x))]],
    "triu_indices_from": [lambda x: mat(x)[np.triu_indices_from(mat(x), 1)]],
}

SHAPES: dict[str, list[Case]] = {
    "reshape": [lambda x: np.reshape(cube(x), (4, 3), order="F")],
    "ravel": [lambda x: np.ravel(cube(x), order="F")],
    "dstack": [lambda x: np.dstack([mat(x), M]), lambda x: np.dstack([a(x), b(x)])],
    "block": [
        lambda x: np.block([[mat(x), M], [np.ones((1, 4)), x[6:8].reshape(1, 2)]]),
        lambda x: np.block([a(x), 2.0, x[7]]),
        lambda x: np.block([[a(x)], [b(x)]]),
    ],
    "hsplit": [lambda x: np.hsplit(mat(x), [1])[1], lambda x: np.hsplit(x, 3)[1]],
    "vsplit": [lambda x: np.vsplit(mat(x), 2)[1]],
    "dsplit": [lambda x: np.dsplit(cube(x), 2)[1]],
    "unstack": [lambda x: np.unstack(cube(x), axis=1)[2]],
    "diagflat": [lambda x: np.diagflat(x[:4].reshape(2, 2), 1)],
    "meshgrid": [
        lambda x: np.meshgrid(x[:2], x[3:6])[0],
        lambda x: np.meshgrid(x[:2], x[3:6], indexing="ij", sparse=True)[1],
        lambda x: np.meshgrid(x[:2], x[3:6], x[6:8])[1],
    ],
    "broadcast_arrays": [lambda x: np.broadcast_arrays(x[:3], mat(x))[0]],
    "matrix_transpose": [lambda x: np.matrix_transpose(cube(x))],
    "vander": [
        lambda x: np.vander(x[:4]),
        lambda x: np.vander(x[:4], 3, increasing=True),
    ],
    "copy": [lambda x: np.copy(a(x))],
    "astype": [
        lambda x: (
            np.astype(3.0 * a(x), int) * b(x)
            if not isinstance(x, np.ndarray)
            else np.trunc(3.0 * a(x)) * b(x)
        ),
    ],
    "array_equal": [lambda x: x[0] if np.array_equal(holed(x), holed(x), equal_nan=True) else x[1]],
    "array_equiv": [lambda x: x[0] if np.array_equiv(a(x), a(x)) else x[1]],
    "empty_like": [lambda x: 0.0 * np.empty_like(mat(x)).size + mat(x)],
    "may_share_memory": [lambda x: x if np.may_share_memory(a(x), Y) else 2.0 * x],
    "shares_memory": [lambda x: x if np.shares_memory(a(x), Y) else 2.0 * x],
    "array_str": [lambda x: x * (len(np.array_str(x)) > 5)],
    "array_repr": [lambda x: x * (len(np.array_repr(x)) > 5)],
    "array2string": [lambda x: x * (len(np.array2string(x)) > 5)],
    "result_type": [lambda x: x * (np.result_type(x, np.float32).itemsize == 8)],
    "common_type": [lambda x: x * (np.common_type(x) is np.float64)],
    "can_cast": [lambda x: x * np.can_cast(x, float)],
    "min_scalar_type": [lambda x: x * (np.min_scalar_type(x).kind == "f")],
    "pad": [
        lambda x: np.pad(mat(x), ((1, 2), (2, 0)), mode="symmetric"),
        lambda x: np.pad(mat(x), 2, mode="maximum"),
        lambda x: np.pad(mat(x), ((1, 0), (2, 1)), mode="minimum", stat_length=2),
        lambda x: np.pad(mat(x), 2, mode="mean"),
        lambda x: np.pad(mat(x), 1, mode="median", stat_length=((1, 1), (2, 3))),
        lambda x: np.pad(mat(x), ((1, 2), (3, 0)), mode="linear_ramp", end_values=1.5),
        lambda x: np.pad(a(x), 4, mode="reflect", reflect_type="odd"),
        lambda x: np.pad(mat(x), 1, mode="symmetric", reflect_type="odd"),
        lambda x: np.pad(mat(x), 1, constant_values=((1.0, 2.0), (3.0, 4.0))),
        lambda x: np.pad(mat(x), {1: (1, 2)}),
        lambda x: (
            np.pad(a(x), (1, 0), constant_values=x[7])
            if not isinstance(x, np.ndarray)
            else np.concatenate([x[7:8], a(x)])
        ),
    ],
    "append": [lambda x: np.append(mat(x), M, axis=0)],
    "full_like": [lambda x: np.full_like(mat(x), x[7], shape=(2, 2))],
    "zeros_like": [lambda x: np.zeros_like(mat(x), shape=(3,)) + x[:3]],
    "ones_like": [lambda x: np.ones_like(mat(x), shape=(3,)) + x[:3]],
    "linspace": [
        lambda x: np.linspace(x[0], x[1], 5),
        lambda x: np.linspace(0.0, x[1], 4, endpoint=False),
        lambda x: np.linspace(x[:2], 3.0, 3, axis=1),
        lambda x: np.linspace(x[0], 3.0, 4, retstep=True)[1],
        lambda x: np.linspace(x[0], x[1], 1),
    ],
    "logspace": [lambda x: np.logspace(x[0], x[1], 4), lambda x: np.logspace(0, x[0], 3, base=2.0)],
    "geomspace": [lambda x: np.geomspace(pos(x)[0], pos(x)[1], 4)],
}

LINEAR: dict[str, list[Case]] = {
    "cross": [
        lambda x: np.cross(x[:3], x[3:6]),
        lambda x: np.cross(cube(x), [1.0, 2.0, 3.0], axisa=1),
        lambda x: np.cross(mat(x), M),
    ],
    "einsum_path": [lambda x: x * len(np.einsum_path("i,i", a(x), b(x))[0])],
}

CALCULUS: dict[str, list[Case]] = {
    "gradient": [
        np.gradient,
        lambda x: np.gradient(a(x), 0.3, edge_order=2),
        lambda x: np.gradient(x.reshape(3, 4), axis=0),
        lambda x: np.gradient(x.reshape(3, 4), 0.5, 2.0)[1],
        lambda x: np.gradient(a(x), np.array([0.0, 0.5, 1.5, 1.7, 3.0, 3.1]), edge_order=2),
        lambda x: np.gradient(b(x), np.cumsum(pos(x))),
    ],
    "trapezoid": [
        np.trapezoid,
        lambda x: np.trapezoid(mat(x), dx=0.3, axis=0),
        lambda x: np.trapezoid(mat(x), x[6:9]),
        lambda x: np.trapezoid(M, x[6:9]),
    ],
    "interp": [
        lambda x: np.interp(a(x), GRID, x[6:11]),
        lambda x: np.interp(np.linspace(-2.5, 2.0, 7), np.cumsum(pos(x)) - 2.0, b(x)),
        lambda x: np.interp(a(x), GRID, np.sin(GRID), left=-1.0, right=x[8]),
        lambda x: np.interp(3.0 * a(x), GRID, x[6:11], period=2.3),
        lambda x: np.interp(x[0], [0.0], x[3:4]),
    ],
    "unwrap": [
        lambda x: np.unwrap(4.0 * x),
        lambda x: np.unwrap(4.0 * mat(x), axis=0, period=2.0),
        lambda x: np.unwrap(4.0 * x, discont=4.0),
    ],
    "convolve": [
        lambda x, m=m, v=v: np.convolve(v(x), x[8:12], m)
        for m in ("full", "same", "valid")
        for v in (lambda x: x[:7], lambda x: x[:3])
    ],
    "correlate": [
        lambda x, m=m, n=n, k=k: np.correlate(x[:n], x[6 : 6 + k], m)
        for m in ("full", "same", "valid")
        for n, k in ((6, 3), (6, 4), (3, 6), (4, 6), (5, 4), (4, 5), (2, 5))
    ],
    "polyval": [lambda x: np.polyval(x[:4], x[6:9]), lambda x: np.polyval([1, 2, 3], a(x))],
    "polyadd": [lambda x: np.polyadd(x[:4], x[6:9])],
    "polysub": [lambda x: np.polysub(x[:2], x[6:9])],
    "polymul": [lambda x: np.polymul(x[:4], [1.0, 2.0])],
    "polyder": [lambda x: np.polyder(x[:4]), lambda x: np.polyder(x[:4], 2)],
    "polyint": [
        lambda x: np.polyint(x[:4]),
        lambda x: np.polyint(x[:4], 2, k=[1.0, 2.0]),
        lambda x: (
            np.polyint(x[:4], k=x[6])
            if not isinstance(x, np.ndarray)
            else np.polyint(x[:4], k=float(x[6]))
        ),
    ],
    "polydiv": [
        lambda x: np.polydiv(x[:5], x[6:8])[0],
        lambda x: np.polydiv(x[:5], x[6:9])[1],
    ],
    "polyfit": [
        lambda x: np.polyfit(np.linspace(0, 1, 6), a(x), 2),
        lambda x: np.polyfit(a(x), b(x), 1, w=pos(x)),
    ],
    "poly": [lambda x: np.poly(x[:4])],
    "roots": [
        lambda x: np.real(np.roots(x[:4])),
        lambda x: np.abs(np.roots(np.concatenate([x[:4], np.zeros(2)]))),
    ],
}

sp: Any = scipy.special
SCIPY: dict[str, list[Case]] = {
    "gamma": [lambda x: sp.gamma(a(x)), lambda x: sp.gamma(1.3 * b(x) - 0.4)],
    "rgamma": [lambda x: sp.rgamma(2.0 * a(x)), lambda x: sp.rgamma(b(x) - b(x) - 2.0 + 1e-7)],
    "loggamma": [lambda x: sp.loggamma(pos(x))],
    "gammasgn": [lambda x: sp.gammasgn(3.0 * a(x)) * b(x)],
    "poch": [lambda x: sp.poch(pos(x), a(x))],
    "binom": [lambda x: sp.binom(3.0 + pos(x), a(x))],
    "round": [lambda x: sp.round(a(x)) * b(x)],
    "exprel": [lambda x: sp.exprel(a(x)), lambda x: sp.exprel(1e-6 * a(x))],
    "boxcox": [lambda x: sp.boxcox(pos(x), b(x)), lambda x: sp.boxcox(pos(x), 1e-9 * b(x))],
    "boxcox1p": [lambda x: sp.boxcox1p(pos(x), b(x))],
    "inv_boxcox": [lambda x: sp.inv_boxcox(0.3 * a(x), b(x)), lambda x: sp.inv_boxcox(a(x), 1e-9)],
    "inv_boxcox1p": [lambda x: sp.inv_boxcox1p(0.3 * a(x), b(x))],
    "huber": [lambda x: sp.huber(0.7, a(x)), lambda x: sp.huber(pos(x), b(x))],
    "pseudo_huber": [lambda x: sp.pseudo_huber(pos(x), b(x))],
    "cosm1": [lambda x: sp.cosm1(a(x))],
    "powm1": [lambda x: sp.powm1(pos(x), b(x))],
    "cosdg": [lambda x: sp.cosdg(20.0 * a(x))],
    "sindg": [lambda x: sp.sindg(20.0 * a(x))],
    "tandg": [lambda x: sp.tandg(20.0 * a(x))],
    "cotdg": [lambda x: sp.cotdg(20.0 * a(x))],
    "radian": [lambda x: sp.radian(a(x), b(x), 3.0)],
    "zetac": [lambda x: sp.zetac(1.5 + pos(x))],
    "jve": [lambda x: sp.jve(1.5, pos(x))],
    "yve": [lambda x: sp.yve(1.5, pos(x))],
    "yn": [lambda x: sp.yn(2, pos(x))],
    "kn": [lambda x: sp.kn(2, pos(x))],
    **{
        name: [lambda x, f=f, n=n: f(n, a(x)) for n in (0, 1, 2, 5)]
        for name, f in (
            ("eval_legendre", sp.eval_legendre),
            ("eval_chebyt", sp.eval_chebyt),
            ("eval_chebyu", sp.eval_chebyu),
            ("eval_hermite", sp.eval_hermite),
            ("eval_hermitenorm", sp.eval_hermitenorm),
            ("eval_laguerre", sp.eval_laguerre),
        )
    },
    "chdtr": [lambda x: sp.chdtr(3.0 + pos(x), 2.0)],
    "chdtrc": [lambda x: sp.chdtrc(3.0, pos(x))],
    "gdtr": [lambda x: sp.gdtr(pos(x), 2.0, 1.5)],
    "gdtrc": [lambda x: sp.gdtrc(1.5, pos(x), 2.0)],
    "pdtr": [lambda x: sp.pdtr(2, pos(x))],
    "pdtrc": [lambda x: sp.pdtrc(2, pos(x))],
    "fdtr": [lambda x: sp.fdtr(3.0, pos(x), 1.5), lambda x: sp.fdtr(2.0, 5.0, pos(x))],
    "fdtrc": [lambda x: sp.fdtrc(pos(x), 4.0, 1.5)],
    "bdtr": [lambda x: sp.bdtr(2, 5, 0.5 + 0.2 * np.tanh(a(x)))],
    "bdtrc": [lambda x: sp.bdtrc(2, 5, 0.5 + 0.2 * np.tanh(a(x)))],
    "nbdtr": [lambda x: sp.nbdtr(2, 5, 0.5 + 0.2 * np.tanh(a(x)))],
    "nbdtrc": [lambda x: sp.nbdtrc(2, 5, 0.5 + 0.2 * np.tanh(a(x)))],
}

EXTRA: dict[str, list[Case]] = {}
for _family in (ELEMENTWISE, REDUCTIONS, ORDERING, INDEXING, SHAPES, LINEAR, CALCULUS, SCIPY):
    for _name, _calls in _family.items():
        EXTRA.setdefault(_name, []).extend(_calls)
