"""`np.fft` on traced arrays: Fourier transforms as products with small matrices.

A transform of n = p q elements is q transforms of p, a multiplication by roots of unity, and p
transforms of q (Cooley and Tukey, 1965); those of at most 32 elements, or of a small prime number,
are products with a matrix. A large prime number of elements is a convolution with a chirp
(Bluestein, 1970), whose length is a power of two. So the work is O(n log n) for every n, and all of
it is products, sums and views: derivatives, mapping and native code are theirs.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.callsite import user_line
from ad.complexes.elementwise import conjugate
from ad.complexes.value import Complex, parts
from ad.interface.common import last, unlast
from ad.op import Value, reshape

Array = npt.NDArray[np.float64]

LARGEST_RADIX, LARGEST_PRIME = 32, 64


def _roots(exponents: Any, n: int, sign: int) -> tuple[Array, Array]:
    """Real and imaginary part of exp(sign 2 pi i k / n), with k reduced first."""
    angle = 2.0 * math.pi * (np.asarray(exponents) % n) / n
    return np.cos(angle), sign * np.sin(angle)


@functools.lru_cache(maxsize=256)
def _matrix(n: int, sign: int, parts_given: int) -> Array:
    """What a row (re, im), or (re), of n numbers each is multiplied with: a row (re, im)."""
    c, s = _roots(np.outer(np.arange(n), np.arange(n)), n, sign)
    rows = np.block([[c, s], [-s, c]])[: parts_given * n]
    rows = np.ascontiguousarray(rows)
    rows.setflags(write=False)
    return rows


@functools.lru_cache(maxsize=256)
def _twiddles(p: int, q: int, sign: int) -> tuple[Array, Array]:
    """Roots of unity exp(sign 2 pi i j k / (p q)), j < q, k < p."""
    both = _roots(np.outer(np.arange(q), np.arange(p)), p * q, sign)
    for one in both:
        one.setflags(write=False)
    return both


def _radix(n: int) -> int:
    """The largest divisor a matrix is used for, or the smallest prime divisor."""
    for p in range(min(LARGEST_RADIX, n), 1, -1):
        if n % p == 0:
            return p
    return next((p for p in range(LARGEST_RADIX + 1, math.isqrt(n) + 1) if n % p == 0), n)


def _transformed(z: Value, sign: int) -> Value:
    """Transforms of rows: (b, c, n) to (b, 2, n); c = 1 for real rows, 2 for complex ones."""
    rows, given, n = z.shape
    p = _radix(n) if n > LARGEST_RADIX else n
    if p == n:
        if n > LARGEST_PRIME:
            return _chirped(z, sign)
        return reshape(reshape(z, (rows, given * n)) @ _matrix(n, sign, given), (rows, 2, n))
    q = n // p
    # Element j1 q + j2 is in column j2; transform over j1.
    columns = np.transpose(reshape(z, (rows, given, p, q)), (0, 3, 1, 2))
    inner = _transformed(reshape(columns, (rows * q, given, p)), sign)
    inner = reshape(inner, (rows, q, 2, p))
    c, s = _twiddles(p, q, sign)
    re, im = inner[:, :, 0], inner[:, :, 1]
    turned = np.stack([re * c - im * s, re * s + im * c], axis=1)  # (rows, 2, q, p)
    across = reshape(np.transpose(turned, (0, 3, 1, 2)), (rows * p, 2, q))
    outer = reshape(_transformed(across, sign), (rows, p, 2, q))
    return reshape(np.transpose(outer, (0, 2, 3, 1)), (rows, 2, n))


@functools.lru_cache(maxsize=64)
def _chirp(n: int, sign: int) -> tuple[Array, Array, Array, Array]:
    """Chirp exp(sign pi i j^2 / n), and the transform of its conjugate, wrapped around."""
    c, s = _roots(np.arange(n) ** 2, 2 * n, sign)
    size = 1 << (2 * n - 2).bit_length()
    wrapped = np.zeros(size, complex)
    wrapped[:n] = c - 1j * s
    wrapped[-(n - 1) :] = wrapped[1:n][::-1]
    spectrum = np.fft.fft(wrapped) / size
    found = (c, s, np.ascontiguousarray(spectrum.real), np.ascontiguousarray(spectrum.imag))
    for one in found:
        one.setflags(write=False)
    return found


def _times(z: Value, c: Array, s: Array) -> Value:
    """Rows (b, 2, n) times complex constants; rows (b, 1, n) are real."""
    re = z[:, 0]
    if z.shape[1] == 1:
        return np.stack([re * c, re * s], axis=1)
    im = z[:, 1]
    return np.stack([re * c - im * s, re * s + im * c], axis=1)


def _chirped(z: Value, sign: int) -> Value:
    """X_k = w_k sum_j (x_j w_j) conj(w)_(k-j) with the chirp w: jk = (j^2 + k^2 - (k-j)^2) / 2."""
    n = z.shape[2]
    c, s, spectrum_re, spectrum_im = _chirp(n, sign)
    size = spectrum_re.size
    padded = np.pad(_times(z, c, s), ((0, 0), (0, 0), (0, size - n)))
    product = _times(_transformed(padded, -1), spectrum_re, spectrum_im)
    convolved = _transformed(product, 1)[:, :, :n]
    return _times(convolved, c, s)


# ---- NumPy's arguments ---------------------------------------------------------------------------


def _sized(z: Any, n: Any, axis: int, who: str) -> Any:
    """`z` with `n` elements along an axis: cut, or followed by zeros."""
    size = np.shape(z)[axis]
    if n is None:
        n = size
    if int(n) < 1:
        raise ValueError(f"np.fft.{who}: Invalid number of FFT data points ({n}) specified.")
    n = int(n)
    if n < size:
        cut = [slice(None)] * np.ndim(z)
        cut[axis] = slice(0, n)
        return z[tuple(cut)]
    if n == size:
        return z
    widths = [(0, 0)] * np.ndim(z)
    widths[axis] = (0, n - size)
    return np.pad(z, widths)


def _scale(norm: Any, n: int, forward: bool) -> float:
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(
            f'Invalid norm value {norm}; should be "backward", "ortho" or "forward" '
            f"({user_line()})."
        )
    if norm == "ortho":
        return 1.0 / math.sqrt(n)
    return 1.0 / n if (norm == "forward") == forward else 1.0


def _along(z: Any, axis: int, sign: int, scale: float) -> Any:
    """The transform along an axis."""
    re, im = parts(z)
    ndim = re.ndim
    moved = [last(part, axis) for part in (re, im) if part is not None]
    shape = moved[0].shape
    rows = math.prod(shape[:-1])
    given = [reshape(part, (rows, 1, shape[-1])) for part in moved]
    both = _transformed(np.concatenate(given, axis=1) if len(given) > 1 else given[0], sign)
    both = both if scale == 1.0 else both * scale
    results = [unlast(reshape(both[:, k], shape), axis) for k in range(2)]
    assert results[0].ndim == ndim
    return Complex(*results)


def _fft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    a = _sized(a, n, axis, "fft")
    return _along(a, axis, -1, _scale(norm, np.shape(a)[axis], forward=True))


def _ifft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    a = _sized(a, n, axis, "ifft")
    return _along(a, axis, 1, _scale(norm, np.shape(a)[axis], forward=False))


def _real(a: Any, who: str) -> Any:
    re, im = parts(a)
    if im is not None:
        raise TypeError(f"np.fft.{who}: input must be real, got a complex array ({user_line()}).")
    return re


def _rfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    whole = _fft(_real(a, "rfft"), n, axis, norm)
    return _sized(whole, np.shape(whole)[axis] // 2 + 1, axis, "rfft")


def _irfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    n = 2 * (np.shape(a)[axis] - 1) if n is None else int(n)
    if n < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    half = last(_sized(a, n // 2 + 1, axis, "irfft"), axis)
    # The other half is the conjugate, in reverse order.
    mirrored = conjugate(half[..., 1 : (n + 1) // 2][..., ::-1])
    whole = np.concatenate([half, mirrored], axis=-1)
    return unlast(_along(whole, -1, 1, _scale(norm, n, forward=False)).real, axis)


def _hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    n = 2 * (np.shape(a)[axis] - 1) if n is None else int(n)
    return _irfft(conjugate(a), n, axis, _other(norm))


def _ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    return conjugate(_rfft(_real(a, "ihfft"), n, axis, _other(norm)))


def _other(norm: Any) -> Any:
    return {None: "forward", "backward": "forward", "forward": "backward"}.get(norm, norm)


def _axes(a: Any, s: Any, axes: Any) -> tuple[list[Any], list[int]]:
    """Sizes (None: as they are) and axes, as NumPy reads `s` and `axes`."""
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(np.ndim(a))
    axes = list(axes)
    sizes = [None] * len(axes) if s is None else [None if n == -1 else n for n in s]
    if len(sizes) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return sizes, axes


def _many(one: Callable[..., Any], default: Any = None) -> Callable[..., Any]:
    def rule(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Any:
        sizes, axes = _axes(a, s, axes)
        for n, axis in zip(reversed(sizes), reversed(axes), strict=True):
            a = one(a, n, axis, norm)
        return a

    return rule


def _rfftn(default: Any = None) -> Callable[..., Any]:
    def rule(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Any:
        sizes, axes = _axes(a, s, axes)
        a = _rfft(a, sizes[-1], axes[-1], norm)
        for n, axis in zip(reversed(sizes[:-1]), reversed(axes[:-1]), strict=True):
            a = _fft(a, n, axis, norm)
        return a

    return rule


def _irfftn(default: Any = None) -> Callable[..., Any]:
    def rule(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Any:
        sizes, axes = _axes(a, s, axes)
        for n, axis in zip(sizes[:-1], axes[:-1], strict=True):
            a = _ifft(a, n, axis, norm)
        return _irfft(a, sizes[-1], axes[-1], norm)

    return rule


def _shift(forward: bool) -> Callable[..., Any]:
    def rule(x: Any, axes: Any = None) -> Any:
        chosen = range(np.ndim(x)) if axes is None else np.atleast_1d(axes).tolist()
        for axis in chosen:
            size = np.shape(x)[axis]
            x = np.roll(x, size // 2 if forward else -(size // 2), axis)
        return x

    return rule


FFT_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "fft": _fft,
    "ifft": _ifft,
    "rfft": _rfft,
    "irfft": _irfft,
    "hfft": _hfft,
    "ihfft": _ihfft,
    "fft2": _many(_fft, (-2, -1)),
    "ifft2": _many(_ifft, (-2, -1)),
    "fftn": _many(_fft),
    "ifftn": _many(_ifft),
    "rfft2": _rfftn((-2, -1)),
    "irfft2": _irfftn((-2, -1)),
    "rfftn": _rfftn(),
    "irfftn": _irfftn(),
    "fftshift": _shift(forward=True),
    "ifftshift": _shift(forward=False),
}

__all__ = ["FFT_FUNCTIONS"]
