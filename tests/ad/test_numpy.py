"""NumPy's functions on traced arrays: values, gradients and native code, from one table."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special
from numpy.lib.stride_tricks import sliding_window_view

import ad
from ad.interface import REFUSED, UFUNCS
from ad.numpy_methods import METHODS
from ad.numpy_rules import FUNCTIONS
from ad.numpy_views import STRIDE_FUNCTIONS
from ad.op import TABLE
from ad.vectormath import shapes
from tests.ad.harness import assert_agree, assert_close, run
from tests.ad.numpy_cases import EXTRA
from tests.ad.special_regions import SCIPY_CALLS

X = np.array([0.31, -0.82, 1.27, 0.74, -0.43, 1.91, -1.36, 0.58, 0.17, -0.64, 1.05, 0.93])
Y = np.array([1.3, 0.4, -0.7, 2.1, 0.9, -1.2])
M = np.array([[1.0, -2.0, 0.5], [0.3, 1.1, -0.4]])
MASK = np.array([True, False, True, True, False, False])


def a(x: Any) -> Any:
    return x[:6]


def b(x: Any) -> Any:
    return x[6:12]


def mat(x: Any) -> Any:
    return x[:6].reshape(2, 3)


def cube(x: Any) -> Any:
    return x.reshape(2, 3, 2)


def pos(x: Any) -> Any:
    return np.exp(x[:6])


def unit(x: Any) -> Any:
    return 0.9 * np.tanh(x[:6])


def after(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What is left in a matrix after something was written to it."""

    def call(x: Any) -> Any:
        matrix = np.array(mat(x), like=x)
        write(matrix)
        return matrix

    return call


Case = Callable[[Any], Any]
# name: calls of it; each is a function of X that NumPy understands as well.
CALLS: dict[str, list[Case]] = {
    # ---- writing, and arrays to write into ----
    "copyto": [
        after(lambda m: np.copyto(m, 2.0 * m)),
        after(lambda m: np.copyto(m, np.array([1.0, 2.0, 3.0]), where=m > 0)),
    ],
    "put": [after(lambda m: np.put(m, [0, 4], m[1, 1:] * 2.0))],
    "putmask": [after(lambda m: np.putmask(m, M > 0, [1.0, 2.0]))],
    "place": [after(lambda m: np.place(m, M > 0, [1.0, 2.0]))],
    "put_along_axis": [
        after(lambda m: np.put_along_axis(m, np.array([[2, 0], [1, 0]]), m[:, 1:] ** 2, 1)),
        after(lambda m: np.put_along_axis(m, np.array([[1, 0, 1]]), m[0] * m[1], axis=0)),
        after(lambda m: np.put_along_axis(m, np.array([4, 0]), m[1, :2] * 3.0, axis=None)),
    ],
    "fill_diagonal": [
        after(lambda m: np.fill_diagonal(m, m[1, 2])),
        after(lambda m: np.fill_diagonal(m, [1.0, 2.0])),
    ],
    "sliding_window_view": [
        lambda x: sliding_window_view(x, 3).max(axis=-1) ** 2,
        lambda x: np.sum(sliding_window_view(cube(x), (2, 2), (0, 1)) ** 3, axis=(0, 3)),
        lambda x: sliding_window_view(x[1::2], 2)[::2] @ x[:2],
    ],
    "divmod": [lambda x: sum(divmod(pos(x), 0.7)), lambda x: divmod(3.1, pos(x))[1]],
    "conj": [lambda x: a(x).conj()],
    "conjugate": [lambda x: a(x).conjugate()],
    "astype": [lambda x: a(x).astype(float)],
    "flatten": [lambda x: mat(x).flatten()],
    "copy": [lambda x: mat(x).copy()],
    "item": [lambda x: mat(x).item(3)],
    "fill": [after(lambda m: m.fill(3.0)), after(lambda m: m[1].fill(m[0, 1]))],
    "empty": [lambda x: 0.0 * np.empty((2, 3), like=x)],
    "zeros": [lambda x: np.zeros((2, 3), like=x), lambda x: np.zeros(2, bool, like=x) * 1.0],
    "ones": [lambda x: np.ones(3, like=x) * x[:3]],
    "arange": [lambda x: np.arange(3.0, like=x) * x[:3], lambda x: np.arange(3, like=x) * x[:3]],
    "eye": [lambda x: np.eye(2, 3, like=x) * mat(x)],
    "identity": [lambda x: np.identity(2, like=x) @ mat(x)],
    "tri": [lambda x: np.tri(2, 3, like=x) * mat(x)],
    "full": [lambda x: np.full(3, 2.5, like=x), lambda x: np.full((2, 2), x[1], like=x)],
    "array": [
        lambda x: np.array([x[0], 2.0], like=x),
        lambda x: np.array([[1.0, 2.0], x[:2]], like=x),
        lambda x: np.array([1.0, 2.0], like=x),
    ],
    "asarray": [lambda x: np.asarray(a(x), like=x), lambda x: np.asarray([x[0], x[2]], like=x)],
    "asanyarray": [lambda x: np.asanyarray(a(x), like=x)],
    "ascontiguousarray": [lambda x: np.ascontiguousarray(mat(x).T, like=x)],
    "asfortranarray": [lambda x: np.asfortranarray(mat(x), like=x)],
    "empty_like": [lambda x: 0.0 * np.empty_like(mat(x))],
    # ---- ufuncs ----
    "add": [lambda x: a(x) + b(x), lambda x: np.add.reduce(mat(x)), lambda x: np.add(a(x), 2)],
    "subtract": [lambda x: a(x) - b(x), lambda x: 1 - a(x), lambda x: Y - a(x)],
    "multiply": [
        lambda x: a(x) * b(x),
        lambda x: np.multiply.outer(x[:3], x[3:5]),
        lambda x: [x[0], 2.0, x[1]] * mat(x),
    ],
    "divide": [lambda x: a(x) / pos(x), lambda x: 1.0 / pos(x), lambda x: Y / pos(x)],
    "true_divide": [lambda x: np.true_divide(a(x), 3)],
    "negative": [lambda x: -a(x)],
    "positive": [lambda x: +a(x), lambda x: np.positive(a(x))],
    "square": [lambda x: np.square(a(x))],
    "sqrt": [lambda x: np.sqrt(pos(x))],
    "cbrt": [lambda x: np.cbrt(a(x))],
    "power": [
        lambda x: a(x) ** 2,
        lambda x: a(x) ** 3,
        lambda x: pos(x) ** a(x),
        lambda x: 2 ** a(x),
        lambda x: a(x) ** 0,
        lambda x: a(x) ** 1,
        lambda x: pos(x) ** -1.5,
        lambda x: a(x) ** -1.0,
        lambda x: a(x) ** np.array([1, 2, 3, 0, 2, 4]),
    ],
    "float_power": [lambda x: np.float_power(pos(x), 1.7)],
    "absolute": [lambda x: np.abs(a(x)), lambda x: abs(a(x))],
    "fabs": [lambda x: np.fabs(a(x))],
    "sign": [lambda x: np.sign(a(x)) * b(x)],
    "floor": [lambda x: np.floor(a(x)) * b(x)],
    "ceil": [lambda x: np.ceil(a(x)) * b(x)],
    "rint": [lambda x: np.rint(a(x)) * b(x)],
    "floor_divide": [lambda x: (a(x) // 0.4) * b(x)],
    "remainder": [
        lambda x: a(x) % 0.4,
        lambda x: np.remainder(a(x), pos(x)),
        lambda x: 7.3 % pos(x),
    ],
    "reciprocal": [lambda x: np.reciprocal(pos(x))],
    "maximum": [lambda x: np.maximum(a(x), b(x)), lambda x: np.maximum.reduce(mat(x))],
    "minimum": [lambda x: np.minimum(a(x), b(x)), lambda x: np.minimum.reduce(mat(x), axis=1)],
    "fmax": [lambda x: np.fmax(a(x), b(x))],
    "fmin": [lambda x: np.fmin(a(x), b(x))],
    "hypot": [lambda x: np.hypot(a(x), b(x))],
    "deg2rad": [lambda x: np.deg2rad(a(x))],
    "rad2deg": [lambda x: np.rad2deg(a(x))],
    "exp": [lambda x: np.exp(a(x))],
    "exp2": [lambda x: np.exp2(a(x))],
    "expm1": [lambda x: np.expm1(a(x))],
    "log": [lambda x: np.log(pos(x))],
    "log2": [lambda x: np.log2(pos(x))],
    "log10": [lambda x: np.log10(pos(x))],
    "log1p": [lambda x: np.log1p(unit(x))],
    "sin": [lambda x: np.sin(a(x))],
    "cos": [lambda x: np.cos(a(x))],
    "tan": [lambda x: np.tan(unit(x))],
    "arcsin": [lambda x: np.arcsin(unit(x))],
    "arccos": [lambda x: np.arccos(unit(x))],
    "arctan": [lambda x: np.arctan(a(x))],
    "sinh": [lambda x: np.sinh(a(x))],
    "cosh": [lambda x: np.cosh(a(x))],
    "tanh": [lambda x: np.tanh(a(x))],
    "arcsinh": [lambda x: np.arcsinh(a(x))],
    "arctanh": [lambda x: np.arctanh(unit(x))],
    "arccosh": [lambda x: np.arccosh(1.1 + pos(x))],
    "logaddexp": [lambda x: np.logaddexp(a(x), b(x)), lambda x: np.logaddexp.reduce(a(x))],
    "matmul": [
        lambda x: M @ x[:3],
        lambda x: x[:2] @ M,
        lambda x: M @ mat(x).T,
        lambda x: mat(x) @ mat(x).T,
        lambda x: a(x) @ b(x),
        lambda x: a(x) @ Y,
        lambda x: mat(x) @ x[6:9],
        lambda x: mat(x).T @ x[6:8],
        lambda x: mat(x)[:, ::-1] @ x[6:9],
        lambda x: np.matmul(M.T, mat(x)[::-1]),
    ],
    "less": [lambda x: np.where(a(x) < b(x), a(x), 2.0)],
    "less_equal": [lambda x: np.where(a(x) <= 0.3, a(x), 2.0)],
    "greater": [lambda x: (a(x) > b(x)) * a(x)],
    "greater_equal": [lambda x: np.where(a(x) >= Y, a(x), b(x))],
    "equal": [lambda x: np.where(np.equal(a(x), a(x)), a(x), 0.0)],
    "not_equal": [lambda x: np.where(a(x) != b(x), a(x), 0.0)],
    "isnan": [lambda x: np.where(np.isnan(a(x)), 0.0, a(x))],
    "isfinite": [lambda x: np.where(np.isfinite(a(x)), a(x), 0.0)],
    "isinf": [lambda x: np.where(np.isinf(a(x)), 0.0, a(x))],
    "logical_and": [lambda x: np.where(np.logical_and(a(x) > 0, b(x) > 0), a(x), b(x))],
    "logical_or": [lambda x: np.where(np.logical_or(a(x) > 0, b(x) > 0), a(x), b(x))],
    "logical_xor": [lambda x: np.where(np.logical_xor(a(x) > 0, b(x) > 0), a(x), b(x))],
    "logical_not": [lambda x: np.where(np.logical_not(a(x) > 0), a(x), b(x))],
    "bitwise_and": [lambda x: np.where((a(x) > 0) & (b(x) > 0), a(x), b(x))],
    "bitwise_or": [lambda x: np.where((a(x) > 0) | MASK, a(x), b(x))],
    "bitwise_xor": [lambda x: np.where((a(x) > 0) ^ (b(x) > 0), a(x), b(x))],
    "invert": [lambda x: np.where(~(a(x) > 0), a(x), b(x))],
    # ---- SciPy's ufuncs ----
    "psi": [lambda x: scipy.special.psi(pos(x))],
    "digamma": [lambda x: scipy.special.digamma(pos(x))],
    "gammaln": [lambda x: scipy.special.gammaln(pos(x))],
    "erf": [lambda x: scipy.special.erf(a(x))],
    "erfc": [lambda x: scipy.special.erfc(a(x))],
    "erfcx": [lambda x: scipy.special.erfcx(a(x))],
    "ndtr": [lambda x: scipy.special.ndtr(a(x))],
    "log_ndtr": [lambda x: scipy.special.log_ndtr(a(x))],
    "expit": [lambda x: scipy.special.expit(a(x))],
    "log_expit": [lambda x: scipy.special.log_expit(a(x))],
    "logit": [lambda x: scipy.special.logit(0.5 + 0.4 * np.tanh(a(x)))],
    "xlogy": [
        lambda x: scipy.special.xlogy(a(x), pos(x)),
        lambda x: scipy.special.xlogy(0, pos(x)),
    ],
    "xlog1py": [lambda x: scipy.special.xlog1py(a(x), pos(x))],
    "betaln": [lambda x: scipy.special.betaln(pos(x), 1.0 + b(x) ** 2)],
    "entr": [lambda x: scipy.special.entr(pos(x))],
    # ---- reductions ----
    "sum": [
        np.sum,
        lambda x: np.sum(mat(x), axis=0),
        lambda x: np.sum(mat(x), axis=-1, keepdims=True),
        lambda x: np.sum(cube(x), axis=(0, 2)),
        lambda x: np.sum(cube(x), axis=(2, 0), keepdims=True),
        lambda x: cube(x).sum(1),
        lambda x: np.sum(x[:0]),
        lambda x: np.sum(mat(x) > 0, axis=0) * x[:3],
        lambda x: mat(x).sum(axis=()),
    ],
    "prod": [
        lambda x: np.prod(a(x)),
        lambda x: np.prod(mat(x), axis=0),
        lambda x: np.prod(cube(x), axis=(0, 2)),
        lambda x: np.prod(x[:0]) * x[0],
    ],
    "max": [np.max, lambda x: np.max(mat(x), axis=0), lambda x: cube(x).max(axis=(0, 2))],
    "amax": [lambda x: np.amax(mat(x), 1, keepdims=True)],
    "min": [np.min, lambda x: np.min(mat(x), axis=0), lambda x: cube(x).min(axis=(0, 2))],
    "amin": [lambda x: np.amin(mat(x), 1, keepdims=True)],
    "mean": [np.mean, lambda x: np.mean(cube(x), axis=(0, 2)), lambda x: mat(x).mean(0)],
    "average": [
        np.average,
        lambda x: np.average(mat(x), axis=1),
        lambda x: np.average(a(x), weights=np.abs(Y)),
        lambda x: np.average(mat(x), axis=0, weights=np.array([1.0, 3.0])),
        lambda x: np.average(cube(x), axis=1, weights=np.array([1.0, 3.0, 2.0])),
        lambda x: np.average(x[:4].reshape(2, 2), axis=0, weights=np.array([1.0, 3.0])),
        lambda x: np.average(a(x), weights=pos(x)),
    ],
    "var": [np.var, lambda x: np.var(mat(x), axis=1, ddof=1), lambda x: cube(x).var(axis=(0, 2))],
    "std": [np.std, lambda x: np.std(mat(x), axis=0, keepdims=True), lambda x: a(x).std(ddof=1)],
    "any": [lambda x: np.where(np.any(mat(x) > 1, axis=0), x[:3], 0.0)],
    "all": [lambda x: np.where(np.all(mat(x) > 0, axis=1), x[:2], 0.0)],
    "cumsum": [
        np.cumsum,
        lambda x: np.cumsum(mat(x), axis=0),
        lambda x: np.cumsum(cube(x), axis=1),
        lambda x: np.cumsum(mat(x)),
        lambda x: np.add.accumulate(mat(x)),
        lambda x: mat(x).cumsum(-1),
    ],
    "dot": [
        lambda x: np.dot(a(x), b(x)),
        lambda x: np.dot(M, x[:3]),
        lambda x: np.dot(2.0, a(x)),
        lambda x: mat(x).dot(x[6:9]),
    ],
    "vdot": [lambda x: np.vdot(mat(x), M)],
    "inner": [lambda x: np.inner(a(x), b(x)), lambda x: np.inner(mat(x), M)],
    "outer": [lambda x: np.outer(a(x), b(x)), lambda x: np.outer(mat(x), Y)],
    # ---- element-wise, not ufuncs ----
    "where": [lambda x: np.where(MASK, a(x), b(x)), lambda x: np.where(x[0] > 0, a(x), Y)],
    "clip": [
        lambda x: np.clip(a(x), -0.5, 0.5),
        lambda x: np.clip(a(x), None, b(x)),
        lambda x: a(x).clip(0.1),
    ],
    "diff": [np.diff, lambda x: np.diff(mat(x), axis=0), lambda x: np.diff(a(x), n=2)],
    "nan_to_num": [lambda x: np.nan_to_num(a(x), nan=1.0)],
    "real": [lambda x: np.real(a(x))],
    "shape": [lambda x: x[0] * np.shape(mat(x))[1]],
    "ndim": [lambda x: x[0] * np.ndim(mat(x))],
    "size": [lambda x: x[0] * np.size(mat(x)), lambda x: x[0] * np.size(mat(x), 1)],
    "zeros_like": [lambda x: np.zeros_like(mat(x)) + mat(x)],
    "ones_like": [lambda x: np.ones_like(mat(x)) + mat(x)],
    "full_like": [lambda x: np.full_like(mat(x), 2.5) * mat(x), lambda x: np.full_like(a(x), x[7])],
    # ---- shapes ----
    "reshape": [
        lambda x: np.reshape(x, (3, -1)),
        lambda x: x.reshape(2, 6),
        lambda x: x.reshape((4, 3)),
        lambda x: x[3].reshape(1, 1),
    ],
    "ravel": [lambda x: np.ravel(mat(x)), lambda x: mat(x).T.ravel()],
    "transpose": [
        lambda x: np.transpose(mat(x)),
        lambda x: np.transpose(cube(x), (2, 0, 1)),
        lambda x: cube(x).transpose(1, 2, 0),
        lambda x: cube(x).T,
    ],
    "broadcast_to": [lambda x: np.broadcast_to(x[:3], (2, 3)), lambda x: np.broadcast_to(x[0], 4)],
    "expand_dims": [lambda x: np.expand_dims(a(x), 1)],
    "concatenate": [
        lambda x: np.concatenate([a(x), Y, b(x)]),
        lambda x: np.concatenate([mat(x), M], axis=1),
        lambda x: np.concatenate([mat(x), M], axis=None),
        lambda x: np.concatenate([cube(x), cube(x) ** 2], axis=-1),
        lambda x: np.concatenate([x[:0], a(x)]),
        lambda x: np.concatenate(mat(x)),
        lambda x: np.concatenate((a(x), [True, False], [1, 2])),
    ],
    "stack": [lambda x: np.stack([a(x), b(x)]), lambda x: np.stack([a(x), Y], axis=1)],
    "hstack": [lambda x: np.hstack([a(x), Y]), lambda x: np.hstack([mat(x), M])],
    "vstack": [lambda x: np.vstack([a(x), Y]), lambda x: np.vstack([mat(x), M])],
    "column_stack": [lambda x: np.column_stack([a(x), b(x)])],
    "append": [lambda x: np.append(a(x), b(x)), lambda x: np.append(a(x), 3.0)],
    "pad": [
        lambda x: np.pad(a(x), 2),
        lambda x: np.pad(a(x), (1, 3), constant_values=1.5),
        lambda x: np.pad(mat(x), ((1, 0), (0, 2))),
        lambda x: np.pad(a(x), 2, mode="edge"),
        lambda x: np.pad(a(x), 2, mode="reflect"),
        lambda x: np.pad(mat(x), 1, mode="wrap"),
    ],
    "tril": [lambda x: np.tril(mat(x)), lambda x: np.tril(mat(x), -1)],
    "triu": [lambda x: np.triu(mat(x)), lambda x: np.triu(mat(x), 1)],
    "atleast_1d": [lambda x: np.atleast_1d(x[0])],
    "atleast_2d": [lambda x: np.atleast_2d(a(x))],
    "atleast_3d": [lambda x: np.atleast_3d(a(x))],
    "trace": [
        lambda x: np.trace(mat(x)),
        lambda x: np.trace(mat(x), 1),
        lambda x: np.trace(cube(x), 0, 2, 1),
        lambda x: mat(x).trace(),
    ],
    "diag": [lambda x: np.diag(x[:3]), lambda x: np.diag(x[:3], -1), lambda x: np.diag(mat(x), 1)],
    "einsum": [
        lambda x: np.einsum("ij,kj->ik", mat(x), M),
        lambda x: np.einsum(mat(x), [0, 1], M, [2, 1], [2, 0]),
        lambda x: np.einsum(mat(x), [0, 1], x[:3], [1]),
        lambda x: np.einsum(cube(x), [..., 5], x[:2], [5], [...]),
        lambda x: np.einsum("ijk,ij,l->kl", cube(x), mat(x), x[:2]),
        lambda x: np.einsum("ii->i", x[:9].reshape(3, 3)),
        lambda x: np.einsum("ijj", x[:12].reshape(3, 2, 2)),
        lambda x: np.einsum("...i,...i->...", cube(x), cube(x)[:, :1]),
        lambda x: np.einsum("bij,bjk->bki", cube(x), cube(x).swapaxes(1, 2)),
    ],
    "tensordot": [
        lambda x: np.tensordot(mat(x), M.T, 1),
        lambda x: np.tensordot(cube(x), mat(x), ([0, 1], [0, 1])),
        lambda x: np.tensordot(mat(x), mat(x)),
    ],
    "kron": [lambda x: np.kron(mat(x), M), lambda x: np.kron(x[:2], mat(x))],
    "diagonal": [lambda x: np.diagonal(mat(x)), lambda x: mat(x).diagonal(1)],
    "split": [lambda x: np.split(x, 3)[1], lambda x: np.split(x, [2, 5])[2]],
    "array_split": [lambda x: np.array_split(x, 5)[0], lambda x: np.array_split(mat(x), 2, 1)[1]],
    "array_equal": [lambda x: x[0] if np.array_equal(a(x), a(x)) else x[1]],
    "squeeze": [lambda x: np.squeeze(x[None, :6]), lambda x: x[:1].squeeze()],
    "swapaxes": [lambda x: np.swapaxes(cube(x), 0, 2), lambda x: cube(x).swapaxes(1, 2)],
    "moveaxis": [lambda x: np.moveaxis(cube(x), 0, -1)],
    "rollaxis": [lambda x: np.rollaxis(cube(x), 2)],
    "flip": [lambda x: np.flip(cube(x)), lambda x: np.flip(cube(x), 1), lambda x: np.flip(x[0])],
    "fliplr": [lambda x: np.fliplr(mat(x))],
    "flipud": [lambda x: np.flipud(mat(x))],
    "rot90": [lambda x: np.rot90(mat(x)), lambda x: np.rot90(cube(x), -2, axes=(1, 2))],
    "roll": [lambda x: np.roll(a(x), 2), lambda x: np.roll(mat(x), -1, axis=1)],
    "repeat": [lambda x: np.repeat(a(x), 2), lambda x: mat(x).repeat([2, 1], axis=0)],
    "tile": [lambda x: np.tile(a(x), 2), lambda x: np.tile(mat(x), (2, 2))],
    "take": [lambda x: np.take(a(x), [0, 5, 0, -1]), lambda x: mat(x).take([1, 0], axis=1)],
    "take_along_axis": [lambda x: np.take_along_axis(mat(x), np.array([[0], [2]]), axis=1)],
    "delete": [lambda x: np.delete(a(x), [1, 3])],
    "resize": [lambda x: np.resize(a(x), (3, 3))],
}
for _name, _calls in EXTRA.items():
    CALLS.setdefault(_name, []).extend(_calls)
CASES = [
    pytest.param(call, id=f"{name}-{which}")
    for name, calls in CALLS.items()
    for which, call in enumerate(calls)
]
# Names that are not NumPy's or SciPy's, but ours alone; `polygamma` is no ufunc.
OURS = {
    *("stop_gradient", "log1p_exp", "log1m_exp", "polygamma", "expit_slope", "expn_order"),
    *("inverse_mills", "positive_normal_moment"),
    *shapes.FORMULAS,
}
# In test_special.py; the last three are behind Python functions.
ELSEWHERE = {
    *(function.__name__ for function, _ in SCIPY_CALLS),
    *("_zeta", "_riemann_zeta", "_lambertw"),
}


def test_every_entry_is_called() -> None:
    rows = {op.name for op in TABLE.values() if op.kind == "elementwise"} - OURS
    known = {*FUNCTIONS, *STRIDE_FUNCTIONS, *UFUNCS, *METHODS, *rows} - REFUSED.keys()
    assert not known - CALLS.keys() - ELSEWHERE
    assert not CALLS.keys() - known


WEIGHTS = np.cos(np.arange(100.0))


def scalar(call: Case) -> Case:
    """A weighted sum, so that every element of the result counts differently."""

    def function(x: Any) -> Any:
        result = np.ravel(call(x) * 1.0)
        return np.sum(result * WEIGHTS[: result.size])

    return function


@pytest.mark.parametrize("call", CASES)
def test_call(call: Case) -> None:
    plain = np.asarray(call(X))
    seen: list[Any] = []

    def spied(x: Any) -> Any:
        result = call(x)
        seen.append(result)
        return np.sum(result * 1.0)

    ad.grad(spied)(X)
    assert seen[0].shape == plain.shape
    assert_close(ad.value_of(seen[0]), plain, 4e-15, 1e-16, "traced value")
    function = scalar(call)
    gradient = ad.grad(function)(X)
    # Central differences with h near eps^(1/3): error h^2 f''' / 6 + eps f / h.
    step = 6e-6
    slopes = [(function(X + step * e) - function(X - step * e)) / (2 * step) for e in np.eye(12)]
    assert_close(gradient, slopes, 1e-8, 2e-9, "differences")
    # <w, J v> = <J' w, v>: forward and reverse mode are each other's transpose.
    direction = np.sin(np.arange(12.0) + 0.3)
    along = ad.jvp(call, (X,), (direction,))[1]
    cotangent = np.resize(WEIGHTS, plain.shape) if plain.shape else np.asarray(0.7)
    (back,) = ad.vjp(call, X)[1](cotangent)
    assert np.sum(along * cotangent) == pytest.approx(
        np.sum(back * direction), rel=1e-12, abs=1e-13
    )
    for pair in run(function, X, at=[X + 0.01]):
        assert_agree(pair, 1e-12, 1e-14)
    compiled = ad.compile(call)(X)
    assert np.shape(compiled) == plain.shape
    assert_close(compiled, plain, 4e-15, 1e-15, "compiled value")


@pytest.mark.parametrize("call", CASES)
def test_mapped_call(call: Case) -> None:
    points = np.stack([X, X * 0.99, X + 0.01])

    def shaped(x: Any) -> Any:
        return call(x) * 1.0

    mapped = ad.vmap(shaped)(points)
    assert_close(mapped, np.stack([shaped(x) for x in points]), 1e-13, 1e-14, "mapped")


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_descending_order_keeps_nan_last_and_ties_in_place(axis: int | None) -> None:
    # The argument came with NumPy 2.5; the rules take it under every version.
    x = np.array([[0.3, np.nan, 1.5, 0.3], [2.0, -1.0, 2.0, np.nan]])

    def both(x: Any) -> tuple[Any, Any]:
        return (
            FUNCTIONS["sort"](x, axis=axis, descending=True),
            FUNCTIONS["argsort"](x, axis=axis, descending=True),
        )

    for values, places in (ad.vmap(both)(x[None]), ad.compile(both)(x)):
        np.testing.assert_array_equal(np.squeeze(values), -np.sort(-x, axis=axis))
        np.testing.assert_array_equal(np.squeeze(places), np.argsort(-x, axis=axis, kind="stable"))


ORDERED: dict[str, Case] = {
    "sort": lambda x: np.sort(x) * WEIGHTS[:12],
    "sort of rows": lambda x: np.sort(x.reshape(3, 4), axis=0) * WEIGHTS[:12].reshape(3, 4),
    "argsort": lambda x: np.argsort(x, kind="stable") * x,
    "median": np.median,
    "quantile": lambda x: np.quantile(x, 0.37),
    "argmax": lambda x: np.argmax(x) * x,
    "searchsorted": lambda x: np.searchsorted([-1.0, 0.0, 0.5, 1.0], x) * x,
    "interp": lambda x: np.interp(x, np.sort(x[::2]) + np.arange(6.0) * 0.2, x[1::2]),
}


@pytest.mark.parametrize("call", ORDERED.values(), ids=ORDERED.keys())
def test_compiled_code_follows_another_order(call: Case) -> None:
    others = [X[::-1].copy(), np.sin(np.arange(12.0)), np.round(X), np.zeros(12)]
    function = scalar(call)
    for pair, point in zip(run(function, X, at=others), [X, *others], strict=True):
        assert pair.status == 0  # one path serves all
        assert_close(pair.native, function(point), 1e-14, 1e-14)
        assert_agree(pair, 1e-13, 1e-13)


INDICES: list[Any] = [
    *(0, -1, 5, np.int64(2), slice(None), slice(1, 4), slice(None, None, -1), slice(4, 1, -2)),
    *(slice(0, 0), slice(-3, None), ..., None, (None, 0), (..., None), (slice(None), None)),
    *((0, 1), (-1, -2), (slice(None), 1), (0, slice(None, None, 2)), (..., 0), (0, ...)),
    *((slice(None), None, slice(1, 3)), (1, None, ..., None), (slice(1, None), slice(None), 0)),
    *([0, 1, 1, 0], np.array([1, 0]), np.array([-1, 0]), np.array([[0, 1], [1, 1]])),
    *(np.array([True, False]), np.zeros((2, 3), bool), np.eye(2, 3) > 0, np.array(1)),
    *((np.array([0, 1]), np.array([2, 0])), (np.array([0, 1]), slice(None), np.array([1, 0]))),
    *((slice(None), np.array([2, 0, 2])), (..., np.array([1, 1])), (np.array([[0], [1]]), 1)),
    *((0, np.array([0, 2])), (None, np.array([1, 0])), (np.array([True, True]), 1)),
    *((slice(None), np.array([True, False, True])), (slice(None, None, -1), np.array([0, 2]))),
    *(np.array([], int), np.array([1, 0], np.uint8), (np.ix_([0, 1], [0, 2]))),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 2), (12,)], ids=str)
def test_index(index: Any, shape: tuple[int, ...]) -> None:
    size = int(np.prod(shape))
    try:
        plain = X[:size].reshape(shape)[index]
    except IndexError:
        with pytest.raises(IndexError):
            ad.grad(lambda x: np.sum(x[:size].reshape(shape)[index]))(X)
        return
    got = ad.compile(lambda x: x[:size].reshape(shape)[index])(X)
    assert np.shape(got) == plain.shape
    assert np.array_equal(got, plain)
    weights = np.resize(WEIGHTS, plain.shape)
    # The gradient by definition: weights added up where the elements came from.
    positions = np.arange(size).reshape(shape)[index]
    want = np.bincount(np.ravel(positions), np.ravel(weights), minlength=12)
    pair = run(lambda x: np.sum(x[:size].reshape(shape)[index] * weights), X)[0]
    assert_close(pair.interpreted_gradient, want, 1e-15, 1e-16)
    assert_close(pair.native_gradient, want, 1e-15, 1e-16)


def test_iteration_unpacking_and_length() -> None:
    def function(x: Any) -> Any:
        first, *rest = x
        total = first * len(x)
        for row in mat(x):
            total = total + row[0] * row[2]
        return total + sum(rest)

    x = X.copy()
    want = np.ones(12)
    want[0] = 12.0
    want[[0, 2, 3, 5]] += x[[2, 0, 5, 3]]
    assert ad.grad(function)(x) == pytest.approx(want, rel=1e-14)


def test_conditions_are_numpys() -> None:
    # On conditions, + is `or` and * is `and`, as NumPy has it.
    x = np.array([2.0, 0.5, -1.0])
    calls: tuple[Case, ...] = (
        lambda x: (x > 0) + (x > 1),
        lambda x: (x > 0) * (x > 1),
        lambda x: ((x > 0) + (x > 1)) * x,
        lambda x: (x > 0) * 1.0,
        lambda x: (x > 0) + 0.0,
        lambda x: np.sum(x > 0),
        lambda x: -1.0 * (x > 0),
        lambda x: (x > 0) & True,
    )
    for call in calls:
        got, want = ad.compile(call)(x), call(x)
        assert np.array_equal(got, want)
        kind = np.asarray(want).dtype.kind
        assert np.asarray(got).dtype.kind == ("f" if kind == "i" else kind)  # a count is a number


# ---- what is refused -----------------------------------------------------------------------------


def assigns_to_plain(x: Any) -> Any:
    plain = np.zeros(2)
    plain[0] = x[0]
    return plain.sum()


def fills_plain(x: Any) -> Any:
    plain = np.zeros(2)
    plain[:] = x[:2]
    return plain.sum()


def adds_in_place(x: Any) -> Any:
    plain = np.zeros(12)
    plain += x
    return plain.sum()


REFUSALS: dict[str, tuple[Case, type[Exception], str]] = {
    "float": (lambda x: float(x[0]), ad.errors.TraceError, "NumPy's function"),
    "math.exp": (lambda x: math.exp(x[0]), ad.errors.TraceError, "NumPy's function"),
    "int": (lambda x: int(x[0]), ad.errors.TraceError, "np.floor"),
    "complex": (lambda x: complex(x[0]), ad.errors.TraceError, "real and the imaginary"),
    "range": (lambda x: sum(range(x[0])), ad.errors.TraceError, "Compute it from data"),
    "asarray": (np.asarray, ad.errors.TraceError, "np.stack or ad.array"),
    "array of numbers": (
        lambda x: np.sum(np.array([x[0], x[1]])),
        ad.errors.TraceError,
        "np.stack or ad.array",
    ),
    "full_like": (
        lambda x: np.sum(np.full_like(np.zeros(3), x[0])),
        ad.errors.TraceError,
        "np.broadcast_to",
    ),
    "full": (lambda x: np.sum(np.full(3, x[0])), ad.errors.TraceError, "ad.array"),
    "traced index of plain": (lambda x: np.arange(3.0)[x > 1], ad.errors.TraceError, "ad.array"),
    "traced mask": (lambda x: np.sum(x[x > 1]), ad.errors.TraceError, "np.where"),
    "assignment to plain": (assigns_to_plain, ad.errors.TraceError, "np.stack"),
    "filling plain": (fills_plain, ad.errors.TraceError, "np.stack"),
    "in place": (adds_in_place, ad.errors.TraceError, "a = a + x"),
    "out": (lambda x: np.add(x, 1, out=np.zeros(12)), ad.errors.TraceError, "a = a + x"),
    "where=": (lambda x: np.add(x, 1, where=x > 0), ad.errors.TraceError, "np.where"),
    "complex result": (lambda x: np.sum(x * 1j), ad.errors.ShapeError, "z.real"),
    "unique": (np.unique, ad.errors.NoRuleError, "np.sort"),
    "nonzero": (lambda x: x[np.nonzero(x)], ad.errors.NoRuleError, "np.where"),
    "histogram": (np.histogram, ad.errors.NoRuleError, "np.bincount"),
    "lcm": (lambda x: np.lcm(x, 2), ad.errors.NoRuleError, "nearest|docs"),
    "spacing": (lambda x: np.sum(np.spacing(x)), ad.errors.NoRuleError, "nearest|docs"),
    "accumulate": (
        lambda x: np.sum(np.divide.accumulate(x)),
        ad.errors.NoRuleError,
        "multiply.accumulate|np.add.accumulate",
    ),
    "unknown argument": (
        lambda x: np.linalg.svd(mat(x), hermitian=True),
        ad.errors.NoRuleError,
        "np.linalg.eigh",
    ),
    "compress by traced": (
        lambda x: np.compress(x > 0, x),
        ad.errors.TraceError,
        "np.where",
    ),
    "weights of a quantile": (
        lambda x: np.quantile(x, 0.5, weights=np.ones(12), method="inverted_cdf"),
        ad.errors.NoRuleError,
        "weights",
    ),
    "out=": (lambda x: np.sum(x, out=np.zeros(())), ad.errors.TraceError, "plain array must be"),
    "SciPy's logsumexp": (
        scipy.special.logsumexp,
        ad.errors.TraceError,
        "Use ad.special.logsumexp",
    ),
    "vectorize": (
        lambda x: np.sum(np.vectorize(lambda v: v * v)(x)),
        ad.errors.TraceError,
        "Use ad.vmap",
    ),
    "vectorize by rows": (
        lambda x: np.sum(np.vectorize(lambda v: v * v, signature="(n)->(n)")(x)),
        ad.errors.TraceError,
        "Use ad.vmap",
    ),
    "as_strided": (
        lambda x: np.sum(np.lib.stride_tricks.as_strided(x, (2,))),
        ad.errors.TraceError,
        "sliding_window_view",
    ),
    "shapes": (lambda x: np.sum(x + np.ones(3)), ad.errors.ShapeError, "broadcast"),
    "product": (lambda x: np.sum(np.ones((2, 3)) @ x), ad.errors.ShapeError, "shapes"),
    "no scalar": (lambda x: x, ad.errors.ShapeError, "Sum it"),
}


@pytest.mark.parametrize(("function", "kind", "advice"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusals_name_the_line_and_the_way_out(
    function: Case, kind: type[Exception], advice: str
) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - its kind is looked at below
        ad.grad(function)(X)
    error: BaseException | None = raised.value
    if not isinstance(error, kind):
        # NumPy answers a[0] = x with its own ValueError, and gives ours as the cause.
        error = raised.value.__cause__
    assert isinstance(error, kind)
    message = str(error)
    assert re.search(r"\(?(\S*/)?test_numpy\.py:\d+", message), message
    assert any(words in message for words in advice.split("|")), message


def test_the_line_is_the_users_own() -> None:
    with pytest.raises(ad.errors.TraceError) as raised:
        ad.grad(lambda x: 2.0 * float(x))(1.0)
    line = raised.traceback[0].lineno + 1
    assert f"test_numpy.py:{line})" in str(raised.value)


def test_a_users_folder_may_be_called_numpy(tmp_path: Path) -> None:
    folder = tmp_path / "numpy"
    folder.mkdir()
    file = folder / "model.py"
    file.write_text("def model(x):\n    return float(x)\n")
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)  # noqa: S102 - our own text
    with pytest.raises(ad.errors.TraceError, match=r"model\.py:2"):
        ad.grad(names["model"])(1.0)


@pytest.mark.parametrize(
    "point",
    [np.array(["a"]), 1j, np.array([None]), object()],
    ids=["text", "complex", "objects", "object"],
)
def test_arguments_that_are_no_numbers(point: Any) -> None:
    with pytest.raises(ad.errors.TraceError, match=r"argument 0 must be an array of real numbers"):
        ad.grad(np.sum)(point)
    with pytest.raises(ad.errors.TraceError, match=r"argument 0 must be an array of real numbers"):
        ad.compile(np.sum)(point)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ad.density(np.sum, 0), "dimension must be a positive integer"),
        (lambda: ad.density(lambda x: x, 2), "log density must be a scalar"),
        (lambda: ad.density(np.sum, 2, start=np.ones(3)), "start must have shape"),
        (lambda: ad.density(np.sum, 2).logdensity(np.ones(3)), "x must have shape"),
        (lambda: ad.compile(np.sum).map(np.ones(2)), "two axes"),
        (lambda: ad.jvp(np.sum, (np.ones(2),), (np.ones(3),)), "argument's shape"),
        (lambda: ad.jvp(np.sum, (np.ones(2),), ()), "one tangent per argument"),
        (lambda: ad.vjp(np.exp, np.ones(2))[1](np.ones(3)), "value's shape"),
        (lambda: ad.array([[1.0], [1.0, 2.0]]), "one shape"),
    ],
)
def test_shapes_that_do_not_fit(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ad.errors.ShapeError, match=message):
        call()
