"""The pair of parts, with NumPy's protocols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ad.callsite import user_line
from ad.errors import TraceError
from ad.op import expand
from ad.traced import is_traced

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS = (
    *("sum", "prod", "mean", "var", "std", "cumsum", "dot", "trace", "conj", "diagonal", "take"),
    *("ravel", "squeeze", "swapaxes", "repeat", "copy"),
)


def numeric(value: Any) -> Any:
    """A part as something with a shape, that holds numbers."""
    if is_traced(value):
        return value * 1.0 if value.dtype == np.bool_ else value
    return np.asarray(value, dtype=float)


@dataclass(frozen=True, eq=False, repr=False)
class Complex:
    """A complex array of which a part is traced.

    As a result z, its cotangent w is a complex array too: that of Re(sum(conj(w) z)).
    Of two plain arrays the constructor makes a plain complex array. As a dataclass it is a
    container: what may return or carry containers may return or carry complex values.

    Attributes
    ----------
    re, im : array
        Real and imaginary part, of one shape.
    """

    re: Any
    im: Any
    __array_priority__ = 2000.0
    __hash__ = None  # type: ignore[assignment] # as for arrays: == is element-wise

    def __new__(cls, re: Any, im: Any) -> Any:
        """A pair, or a plain array where nothing is traced."""
        if is_traced(re) or is_traced(im):
            return super().__new__(cls)
        re, im = np.asarray(re), np.asarray(im)
        whole = np.empty(np.broadcast_shapes(re.shape, im.shape), np.complex128)
        whole.real, whole.imag = re, im
        return whole[()]

    def __init__(self, re: Any, im: Any) -> None:
        re, im = numeric(re), numeric(im)
        if re.shape != im.shape:
            shape = np.broadcast_shapes(re.shape, im.shape)
            re, im = expand(re, shape), expand(im, shape)
        object.__setattr__(self, "re", re)
        object.__setattr__(self, "im", im)

    @staticmethod
    def taken_apart(array: Any) -> tuple[tuple[str, str], list[Any]]:
        """Parts of a plain array given where a pair is meant, as containers are opened."""
        return ("re", "im"), [np.real(array), np.imag(array)]

    # ---- what an array has -------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        shape: tuple[int, ...] = self.re.shape
        return shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(self.re.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return np.dtype(np.complex128)

    @property
    def real(self) -> Any:
        """Real part."""
        return self.re

    @property
    def imag(self) -> Any:
        """Imaginary part."""
        return self.im

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The array with its axes reversed."""
        return np.transpose(self)

    @property
    def mT(self) -> Any:  # noqa: N802 - NumPy's name
        """The transpose of each matrix."""
        return np.swapaxes(self, -1, -2)

    def conjugate(self) -> Any:
        """The complex conjugate."""
        return np.conj(self)

    def __len__(self) -> int:
        return len(self.re)

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]

    def __getitem__(self, index: Any) -> Any:
        return Complex(self.re[index], self.im[index])

    def __repr__(self) -> str:
        return f"Complex({self.re!r}, {self.im!r})"

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """The same elements in another shape."""
        function: Any = np.reshape
        return function(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        """The array with its axes in another order."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return np.transpose(self, order)

    def astype(self, dtype: Any, **_: Any) -> Any:
        """The array itself: complex128 is the one precision there is."""
        if np.dtype(dtype).kind != "c":
            raise TraceError(
                f"ad: a complex value must stay complex, got astype({np.dtype(dtype)}) "
                f"({user_line()}). Take z.real, z.imag or np.abs(z)."
            )
        return self

    def flatten(self, order: str = "C") -> Any:
        """The elements in one axis."""
        return self.reshape(self.size, order=order)

    # ---- NumPy's protocols, and where Python wants a number ----------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from ad.numpy_rules import call_ufunc  # noqa: PLC0415 - the rules are written over this

        return call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from ad.complexes.dispatch import call_function  # noqa: PLC0415 - as above

        return call_function(function, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            function = getattr(np, name)
            return lambda *args, **kwargs: function(self, *args, **kwargs)
        raise AttributeError(f"a complex traced array has no attribute {name!r}")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TraceError(
            f"ad: a real array is wanted here, got a complex value that is being traced "
            f"({user_line()}). Take its real or imaginary part: z.real, z.imag, np.abs(z)."
        )

    def __bool__(self) -> bool:
        return bool(np.not_equal(self, 0.0))

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TraceError(
            f"ad: a complex traced array must not be assigned to, got z[{index!r}] = ... "
            f"({user_line()}). Build it with np.where, np.stack or np.concatenate."
        )

    def __neg__(self) -> Any:
        return Complex(-self.re, -self.im)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return np.abs(self)


def is_complex(value: Any) -> bool:
    """Whether a value is complex: a pair, an array of complex numbers, or a complex number."""
    if isinstance(value, Complex | complex | np.complexfloating):
        return True
    return isinstance(value, np.ndarray) and value.dtype.kind == "c"


def parts(value: Any) -> tuple[Any, Any]:
    """Real and imaginary part; None for that of a real value."""
    if isinstance(value, Complex):
        return value.re, value.im
    if is_complex(value):
        array = np.asarray(value)
        return np.ascontiguousarray(array.real).reshape(array.shape), np.ascontiguousarray(
            array.imag
        ).reshape(array.shape)
    return numeric(value), None


def _binary(name: str, swapped: bool) -> Any:
    def operator(self: Complex, other: Any) -> Any:
        from ad.complexes.dispatch import call_named  # noqa: PLC0415 - as above

        if isinstance(other, str | bytes | None | dict | set):
            return NotImplemented
        return call_named(name, (other, self) if swapped else (self, other))

    return operator


for _dunder, _name in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "pow": "power",
    "matmul": "matmul",
}.items():
    setattr(Complex, f"__{_dunder}__", _binary(_name, swapped=False))
    setattr(Complex, f"__r{_dunder}__", _binary(_name, swapped=True))
for _dunder, _name in {"eq": "equal", "ne": "not_equal"}.items():
    setattr(Complex, f"__{_dunder}__", _binary(_name, swapped=False))
