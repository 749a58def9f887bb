"""Data on their way into a model: bound once, read-only, knowing the argument they came from."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import minibatch
from ppl.constraints import Constraint
from ppl.errors import DataError, ShapeError, at, show, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ppl.distributions.base import Distribution

Shape = tuple[int, ...]


class Data(np.ndarray[Any, Any]):
    """A read-only array that knows the argument it was passed as.

    Parts of it (`y[idx]`) know it too; what is computed from it is a plain array.

    Attributes
    ----------
    origin : str
        Name of the argument, for messages.
    dims : tuple of str, or None
        Names of the axes, where they are known.
    """

    origin: str = ""
    dims: tuple[str | None, ...] | None = None

    def __array_finalize__(self, parent: Any) -> None:
        self.origin = getattr(parent, "origin", "")

    def __getitem__(self, index: Any) -> Any:
        batches = minibatch.now()
        if batches is not None:
            first = index[0] if isinstance(index, tuple) and index else index
            if ad.is_traced(first) and batches.traced:
                return batches.pick(self, index)
            if isinstance(first, Data) and first.dims is not None and not batches.traced:
                batches.note(self, str(first.dims[0]))
        part = super().__getitem__(index)
        if isinstance(part, Data):
            # Picked by the indices of a plate, elements lie along it; else the axes are unknown.
            picked = isinstance(index, Data) and index.dims is not None
            rest = (None,) * (part.ndim - index.ndim) if picked else ()
            part.dims = (*index.dims, *rest) if picked else None
        return part

    def __array_wrap__(
        self, array: Any, context: Any = None, return_scalar: bool = False, /
    ) -> Any:
        # Results of ufuncs are new values: plain arrays, as fast as such are.
        plain = np.asarray(array)
        return plain[()] if return_scalar or plain.ndim == 0 else plain


def bind(
    model: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """Arguments of a model, with defaults filled in and arrays bound as `Data`.

    Raises
    ------
    TypeError
        If the model is not callable or does not take these arguments.
    """
    if not callable(model):
        raise TypeError(
            f"Posterior: the model must be a function, got {show(model)} {where()}. "
            "Pass the function itself, and its arguments after it."
        )
    try:
        bound = inspect.signature(model).bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(
            f"{name_of(model)}: the arguments must fit {inspect.signature(model)}, got others "
            f"{where()}: {error}."
        ) from None
    bound.apply_defaults()
    for name, value in bound.arguments.items():
        bound.arguments[name] = bind_value(name, value)
    return bound


def bind_value(name: str, value: Any) -> Any:
    """Bind one argument.

    Floats, arrays, sequences of numbers, and what converts to a numeric array (pandas, xarray)
    become `Data`, copies of them but for memory maps; integers, strings, functions and anything
    else stay what they are. Containers are bound element by element.
    """
    if value is None or isinstance(value, bool | int | str | bytes) or callable(value):
        return value
    if isinstance(value, Data):  # bound before, and read-only
        return value
    if isinstance(value, dict):
        return {key: bind_value(f"{name}[{key!r}]", entry) for key, entry in value.items()}
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        value = np.ma.filled(
            value.astype(np.float64), np.nan
        )  # so that nothing masked passes for data
    if isinstance(value, np.memmap) and value.dtype.kind in "fiub":
        data = value.view(Data)  # not copied: it may be larger than memory
        data.origin = name
        data.flags.writeable = False
        return data
    try:
        array = np.array(value)  # a copy: later changes by the caller must not reach the model
    except (TypeError, ValueError):  # ragged, or not an array at all
        array = np.array(None)
    if array.dtype.kind not in "fiub":
        if isinstance(value, list | tuple) and type(value) in (list, tuple):
            parts = (bind_value(f"{name}[{i}]", entry) for i, entry in enumerate(value))
            return type(value)(parts)
        return value
    if array.dtype.kind == "f":
        array = array.astype(np.float64, copy=False)
    data = array.view(Data)
    data.origin = name
    data.flags.writeable = False
    return data


def plain(value: Any) -> Any:
    """Bound arguments as they were given: arrays without what `Data` knows of them."""
    if isinstance(value, Data):
        return np.array(value)
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(plain(entry) for entry in value)
    return value


def contents(value: Any) -> Iterator[str | bytes]:
    """All that is in an argument, part by part, for a digest.

    Functions, and objects of types unknown here, count by the names of their types: what a model
    makes of them is in its code and its data.
    """
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}"
        yield np.ascontiguousarray(value).tobytes()
    elif hasattr(type(value), "tocsr"):  # one of SciPy's sparse matrices
        rows = value.tocsr()
        yield f"{kind}{value.shape}"
        for part in (rows.data, rows.indices, rows.indptr):
            yield from contents(np.asarray(part))
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield repr(key)
            yield from contents(entry)
    elif isinstance(value, list | tuple):
        yield f"{kind}{len(value)}"
        for entry in value:
            yield from contents(entry)
    else:
        simple = value is None or isinstance(value, bool | int | float | complex | str | bytes)
        yield repr(value) if simple else kind


def observed(name: str, obs: Any, law: Distribution, shape: Shape, present: Any = None) -> Any:
    """Check the observed value of a site and return it as an array.

    Parameters
    ----------
    name : str
    obs : array
    law : Distribution
    shape : tuple of int
        Of the site.
    present : array of bool, optional
        Which elements are data; the others are not looked at, and get some value of the support.

    Raises
    ------
    TypeError
        If it depends on parameters or is not numeric.
    DataError
        For NaN or infinite values, and values outside the support.
    ShapeError
        If its shape is not the site's.
    """
    if ad.is_traced(obs) and minibatch.streaming():
        return _streamed(name, obs, shape)
    if ad.is_traced(obs):
        raise TypeError(
            f"sample: obs must be data, got a value that depends on parameters, {where(name)}. "
            "Add its log density with factor(name, distribution.log_prob(value))."
        )
    values = np.asarray(obs)
    source = f" in argument '{obs.origin}'" if isinstance(obs, Data) and obs.origin else ""
    if values.dtype.kind not in "fiub":
        raise TypeError(
            f"sample: obs must be a number or an array of numbers, got {show(obs)}, {where(name)}."
        )
    fits = values.shape == shape
    finite = np.isfinite(values) if present is None or not fits else np.isfinite(values) | ~present
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise DataError(
            f"sample: obs must be finite, got {show(values[index])}{at(index)}{source}, "
            f"{where(name)}. Mark missing values, obs=ppl.impute(y), or leave them out with the "
            "parts of other data that belong to them."
        )
    if not fits:
        raise ShapeError(
            f"sample: obs must have the site's shape {shape}, got {values.shape}{source}, "
            f"{where(name)}. {_shape_advice(shape, values.shape)}"
        )
    if present is not None:
        values = _filled(values, law, present)
    if present is None or not law.event_shape:
        _require_support(name, values, law, source)
    return values[()]


def _streamed(name: str, obs: Any, shape: Shape) -> Any:
    """Rows of a batch; the run on numbers before has checked that they are data."""
    if obs.shape != shape:
        raise ShapeError(
            f"sample: obs must have the site's shape {shape}, got {obs.shape}, {where(name)}. "
            f"{_shape_advice(shape, obs.shape)}"
        )
    return obs


def _filled(values: Any, law: Distribution, present: Any) -> Any:
    """Data with something unsuspicious in the place of what is missing."""
    if law.event_shape:
        return np.where(present, values, 0.0)
    with np.errstate(all="ignore"):
        inside = ad.value_of(law.support.interior())
    return np.where(present, values, inside)


def _require_support(name: str, values: Any, law: Distribution, source: str) -> None:
    """Values that no parameters make possible are a mistake; what depends on them is -inf."""
    support = inspect.getattr_static(law, "support")
    if not isinstance(support, Constraint):  # a property: it depends on the parameters
        return
    index = support.check(values)
    if index is not None:
        raise DataError(
            f"{type(law).__name__}: obs must be {support}, got {show(values[index])}{at(index)}"
            f"{source}, {where(name)}. Choose a distribution whose support has these values."
        )


def _shape_advice(wanted: Shape, got: Shape) -> str:
    if len(got) > len(wanted):
        size = got[0]
        return (
            f"Independent values along an axis belong into a plate: with plate('row', {size}): ..."
        )
    return "The shape comes from the plates around the site and from the distribution's parameters."


def name_of(model: Callable[..., Any]) -> str:
    """Name of a model function."""
    return str(getattr(model, "__name__", type(model).__name__))
