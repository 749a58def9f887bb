"""Methods and attributes of traced arrays, ufuncs' methods, out= and where=."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from tests.ad.harness import assert_agree, assert_close, run

X = np.array([0.31, -0.82, 1.27, 0.74, -0.43, 1.91, -1.36, 0.58, 0.17, -0.64, 1.05, 0.93])
MASK = np.array([[True, False, True], [False, True, True]])

Case = Callable[[Any], Any]


def mat(x: Any) -> Any:
    return np.array(x[:6], like=x).reshape(2, 3)


def after(write: Callable[[Any, Any], Any]) -> Case:
    """What is left in a matrix after something was written to it."""

    def call(x: Any) -> Any:
        matrix = mat(x)
        write(matrix, x)
        return matrix

    return call


CASES: dict[str, Case] = {
    # ---- ufuncs' methods ----
    "add.reduce": lambda x: np.add.reduce(mat(x)),
    "add.reduce axis": lambda x: np.add.reduce(mat(x), axis=1, keepdims=True),
    "multiply.reduce": lambda x: np.multiply.reduce(mat(x), axis=1),
    "maximum.reduce initial": lambda x: np.maximum.reduce(mat(x), axis=0, initial=0.5),
    "logical_or.reduce": lambda x: np.logical_or.reduce(mat(x) > 0.5, axis=0) * x[:3],
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(mat(x), axis=1),
    "add.accumulate": lambda x: np.add.accumulate(mat(x), axis=1),
    "multiply.accumulate": np.multiply.accumulate,
    "maximum.accumulate": lambda x: np.maximum.accumulate(mat(x), axis=1),
    "minimum.accumulate": np.minimum.accumulate,
    "logaddexp.accumulate": np.logaddexp.accumulate,
    "add.reduceat": lambda x: np.add.reduceat(x, [0, 4, 4, 2, 9]),
    "multiply.reduceat": lambda x: np.multiply.reduceat(mat(x), [0, 2], axis=1),
    "maximum.reduceat": lambda x: np.maximum.reduceat(x, [1, 3, 7]),
    "subtract.outer": lambda x: np.subtract.outer(x[:3], np.array([1.0, 2.0])),
    "power.outer": lambda x: np.power.outer(np.exp(x[:3]), x[:2]),
    "add.at": after(lambda m, x: np.add.at(m, (np.array([0, 1, 0]), 1), x[:3])),
    "add.at number": after(lambda m, x: np.add.at(m, np.array([0, 0]), x[2])),
    "subtract.at": after(lambda m, _: np.subtract.at(m, 1, 2.0)),
    "multiply.at": after(lambda m, x: np.multiply.at(m, (np.array([0, 1, 0]), 1), x[:3])),
    "maximum.at": after(lambda m, x: np.maximum.at(m, (0, np.array([1, 1])), x[4:6])),
    "negative.at": after(lambda m, _: np.negative.at(m, (0, np.array([1, 1, 2])))),
    # ---- out= and where= ----
    "out": after(lambda m, _: np.exp(m, out=m)),
    "out tuple": after(lambda m, x: np.multiply(m, x[:3], out=(m,))),
    "out where": after(lambda m, _: np.sqrt(np.abs(m), out=m, where=MASK)),
    "out where traced": after(lambda m, _: np.log(m, out=m, where=m > 0)),
    "out of sum": after(lambda m, _: np.sum(m * m, axis=0, out=m[1])),
    "out of cumsum": after(lambda m, _: np.cumsum(m, axis=1, out=m)),
    "out of clip": after(lambda m, _: np.clip(m, -0.5, 0.5, out=m)),
    "out of add.reduce": after(lambda m, _: np.add.reduce(m, axis=1, out=m[:, 1])),
    "sum where": lambda x: np.sum(mat(x), axis=1, where=MASK),
    "sum where traced": lambda x: mat(x).sum(where=mat(x) > 0),
    "sum initial": lambda x: np.sum(mat(x), axis=0, initial=2.0),
    "prod where": lambda x: np.prod(mat(x), axis=0, where=MASK),
    "max where": lambda x: np.max(mat(x), axis=0, where=MASK, initial=-1.0),
    "min initial": lambda x: np.min(mat(x), initial=0.2),
    "mean where": lambda x: np.mean(mat(x), axis=1, where=MASK),
    "var where": lambda x: np.var(mat(x), axis=1, where=MASK, ddof=1),
    "std where": lambda x: np.std(mat(x), where=MASK, keepdims=True),
    "any where": lambda x: np.any(mat(x) > 1, axis=0, where=MASK) * x[:3],
    "all where": lambda x: np.all(mat(x) > -1, axis=1, where=MASK) * x[:2],
    # ---- methods and attributes ----
    "ravel F": lambda x: mat(x).ravel("F"),
    "reshape F": lambda x: np.reshape(mat(x), (3, 2), order="F"),
    "flatten F": lambda x: mat(x).flatten("F"),
    "transpose axes": lambda x: mat(x).transpose(1, 0),
    "real": lambda x: mat(x).real,
    "imag": lambda x: mat(x).imag + x[0],
    "conj": lambda x: mat(x).conj(),
    "mT": lambda x: mat(x).mT,
    "flat": lambda x: mat(x).flat[2] * np.array([1.0, 2.0]),
    "flat loop": lambda x: sum(v * v for v in mat(x).flat),
    "flat writes": after(lambda m, x: m.flat.__setitem__(4, x[7])),
    "fill": after(lambda m, x: m.fill(x[3])),
    "put": after(lambda m, x: m.put([0, -1], x[3:5])),
    "astype bool": lambda x: mat(x).astype(bool) * x[:3],
    "astype of conditions": lambda x: (mat(x) > 0).astype(float) * x[:3],
    "item": lambda x: x[:1].item() * mat(x).item(4) * mat(x).item(0, 2) * mat(x).item(-2),
    "tolist": lambda x: sum(sum(row) for row in mat(x).tolist()),
    "assigning to a slice of ones": lambda x: np.concatenate([np.ones(2, like=x), x]),
}


def scalar(case: Case) -> Case:
    def function(x: Any) -> Any:
        result = np.ravel(case(x) * 1.0)
        return np.sum(result * np.cos(np.arange(result.size)))

    return function


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_call(case: Case) -> None:
    function = scalar(case)
    want = function(X.copy())
    steps = 1e-5 * np.eye(X.size)
    slopes = np.array([(function(X + s) - function(X - s)) / 2e-5 for s in steps])
    shapes: list[Any] = []

    def spied(x: Any) -> Any:
        shapes.append(np.shape(case(x)))
        return function(x)

    value, gradient = ad.value_and_grad(spied)(X)
    assert shapes[0] == np.shape(case(X.copy()))
    assert_close(value, want, 1e-13, 1e-13, "value")
    assert_close(gradient, slopes, 1e-6, 1e-7, "gradient")
    (pair,) = run(function, X)
    assert_agree(pair, 1e-12, 1e-13)


def test_sizes_in_bytes() -> None:
    found: list[int] = []

    def function(x: Any) -> Any:
        found.extend([mat(x).nbytes, mat(x).itemsize, mat(x).size, len(mat(x))])
        return x[0]

    ad.grad(function)(X)
    assert found == [48, 8, 6, 2]


REFUSED: dict[str, tuple[Case, type[Exception], str]] = {
    "where without out": (
        lambda x: np.add(x, 1.0, where=X > 0),
        ad.errors.TraceError,
        "out=",
    ),
    "max where": (lambda x: np.max(x, where=X > 0), ValueError, "initial"),
    "out of another shape": (lambda x: np.add(x, 1.0, out=mat(x)), ValueError, "shape"),
    "plain out": (lambda x: np.sum(x, out=np.zeros(())), ad.errors.TraceError, "like=x"),
    "at of a plain array": (
        lambda x: np.add.at(np.zeros(3), [0], x[0]),
        ad.errors.TraceError,
        "like=x",
    ),
    "accumulate": (np.subtract.accumulate, ad.errors.NoRuleError, "accumulate"),
    "reduceat out of range": (lambda x: np.add.reduceat(x, [0, 12]), IndexError, "12"),
    "method": (lambda x: x.byteswap(), ad.errors.NoRuleError, "ndarray.byteswap"),
    "no method": (lambda x: x.nothing, AttributeError, "nothing"),
    "astype int": (lambda x: x.astype(int), ad.errors.NoRuleError, "np.rint"),
    "item": (lambda x: x.item(), ValueError, "one element"),
    "flat of a transpose": (lambda x: mat(x).T.flat, ad.errors.NoRuleError, "contiguous"),
}


@pytest.mark.parametrize(("case", "kind", "advice"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(case: Case, kind: type[Exception], advice: str) -> None:
    with pytest.raises(kind, match=advice):
        ad.grad(lambda x: np.sum(case(x)))(X)
