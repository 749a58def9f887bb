"""The few words the kernels are written in beyond Python's own: pointers and vectors.

`at`/`put` read and write one element, `load`/`store` a vector of four doubles, `shift` moves a
pointer; `+`, `-` and `*` work on vectors lane by lane, and `total` adds the lanes in a fixed order.
Vectors are explicit, not left to the optimiser, so a sum has the same bits on every CPU width.
"""

import importlib
import operator
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from llvmlite import ir

from inference.kernels import layout

# Used untyped: Numba's own annotations cover little of this and differ between versions.
numba: Any = importlib.import_module("numba")
extending: Any = importlib.import_module("numba.extending")
imputils: Any = importlib.import_module("numba.core.imputils")
templates: Any = importlib.import_module("numba.core.typing.templates")
types: Any = importlib.import_module("numba.core.types")

Pointer: TypeAlias = Any  # to doubles or to words
Vector: TypeAlias = Any  # four doubles
Function = TypeVar("Function", bound=Callable[..., Any])

REALS = types.CPointer(types.float64)
WORDS = types.CPointer(types.int64)
WORD = types.int64

OPTIONS = {
    "error_model": "numpy",
    "boundscheck": False,
    "fastmath": {"contract"},  # products may fuse with sums, as everywhere in the library
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


def native(function: Function) -> Function:
    """Mark a function as part of a kernel: compiled where a kernel calls it."""
    compiled: Function = numba.njit(**OPTIONS)(function)
    return compiled


def inlined(function: Function) -> Function:
    """Mark a function of a kernel that must not become a call, so loops around it vectorise."""
    compiled: Function = numba.njit(forceinline=True, **OPTIONS)(function)
    return compiled


def word(generator: Callable[..., Any]) -> Any:
    """Make a word of the language: its generator gives its type and writes its IR."""
    return extending.intrinsic(generator)


class _VectorType(types.Type):  # type: ignore[misc]  # see above
    def __init__(self) -> None:
        super().__init__("vector")


VECTOR = _VectorType()
_DOUBLES = ir.VectorType(ir.DoubleType(), layout.LANES)
_WORD = ir.IntType(64)


class _VectorModel(extending.models.PrimitiveModel):  # type: ignore[misc]  # see above
    def __init__(self, manager: Any, front_end_type: Any) -> None:
        super().__init__(manager, front_end_type, _DOUBLES)


extending.register_model(_VectorType)(_VectorModel)


def _arithmetic(operation: Any, instruction: str) -> None:
    """Let a Python operator work on two vectors; products may fuse with sums."""

    class Template(templates.ConcreteTemplate):  # type: ignore[misc]  # see above
        cases = (templates.signature(VECTOR, VECTOR, VECTOR),)

    def lower(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return getattr(builder, instruction)(*arguments, flags=("contract",))

    templates.infer_global(operation)(Template)
    imputils.lower_builtin(operation, VECTOR, VECTOR)(lower)


_arithmetic(operator.add, "fadd")
_arithmetic(operator.sub, "fsub")
_arithmetic(operator.mul, "fmul")


@word
def at(_context: Any, pointer: Any, _index: Any) -> Any:
    """Element of a buffer."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(builder.gep(*_element(arguments)))

    return pointer.dtype(pointer, types.int64), generate


@word
def put(_context: Any, pointer: Any, _index: Any, _value: Any) -> Any:
    """Write an element of a buffer."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], builder.gep(*_element(arguments)))
        return context.get_dummy_value()

    return types.void(pointer, types.int64, pointer.dtype), generate


@word
def shift(_context: Any, pointer: Any, _count: Any) -> Any:
    """Pointer `count` elements further on."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.gep(*_element(arguments))

    return pointer(pointer, types.int64), generate


def _array_at(first: int, step: int) -> Any:
    """Make the accessor of the arrays that start at array `first`, `step` arrays apart."""

    # An intrinsic, not a kernel function: Numba would compile one for every literal index.
    @word
    def array(_context: Any, _reals: Any, _padded: Any, _index: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            reals, padded, index = arguments
            position = builder.add(_WORD(first), builder.mul(_WORD(step), index))
            offset = builder.add(_WORD(layout.SCALARS), builder.mul(padded, position))
            return builder.gep(reals, [offset])

        return REALS(REALS, types.int64, types.int64), generate

    return array


vector = _array_at(0, 1)
"""`vector(r, padded, index)`: one of the arrays of the buffer of reals."""

slot_at = _array_at(layout.SLOTS, layout.SLOT_ARRAYS)
"""`slot_at(r, padded, slot)`: position of a state; momentum and gradient follow."""


@word
def reals_at(_context: Any, _address: Any) -> Any:
    """Pointer to doubles from an address."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.DoubleType().as_pointer())

    return REALS(types.int64), generate


@word
def words_at(_context: Any, _address: Any) -> Any:
    """Pointer to words from an address."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], _WORD.as_pointer())

    return WORDS(types.int64), generate


@word
def as_double(_context: Any, _bits: Any) -> Any:
    """Double with the bits of a word."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@word
def as_bits(_context: Any, _number: Any) -> Any:
    """Word with the bits of a double."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], _WORD)

    return types.int64(types.float64), generate


@word
def load(_context: Any, _pointer: Any, _index: Any) -> Any:
    """Vector from a buffer, at any index."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(_lanes(builder, arguments), align=8)

    return VECTOR(REALS, types.int64), generate


@word
def store(_context: Any, _pointer: Any, _index: Any, _value: Any) -> Any:
    """Write a vector to a buffer."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _lanes(builder, arguments), align=8)
        return context.get_dummy_value()

    return types.void(REALS, types.int64, VECTOR), generate


@word
def spread(_context: Any, _value: Any) -> Any:
    """Vector whose lanes all hold `value`."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        vector = ir.Constant(_DOUBLES, ir.Undefined)
        for lane in range(layout.LANES):
            vector = builder.insert_element(vector, arguments[0], ir.IntType(32)(lane))
        return vector

    return VECTOR(types.float64), generate


@word
def total(_context: Any, _vector: Any) -> Any:
    """Sum of the lanes, (first + third) + (second + fourth)."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        lanes = [builder.extract_element(arguments[0], ir.IntType(32)(k)) for k in range(4)]
        return builder.fadd(builder.fadd(lanes[0], lanes[2]), builder.fadd(lanes[1], lanes[3]))

    return types.float64(VECTOR), generate


@word
def call_density(
    _context: Any, _address: Any, _x: Any, _lp: Any, _gradient: Any, _data: Any, _workspace: Any
) -> Any:
    """Status of a density's native function, called by its address."""
    word = types.int64

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        address, *rest = arguments
        parameters = [argument.type for argument in rest]
        pointer = ir.FunctionType(ir.IntType(32), parameters).as_pointer()
        status = builder.call(builder.inttoptr(address, pointer), rest)
        return builder.sext(status, _WORD)

    return word(word, REALS, REALS, REALS, word, word), generate


def _element(arguments: Any) -> Any:
    return arguments[0], [arguments[1]]


def _lanes(builder: Any, arguments: Any) -> Any:
    pointer = builder.gep(*_element(arguments))
    return builder.bitcast(pointer, _DOUBLES.as_pointer())


__all__ = [
    "REALS",
    "VECTOR",
    "WORD",
    "WORDS",
    "Pointer",
    "Vector",
    "as_bits",
    "as_double",
    "at",
    "call_density",
    "inlined",
    "load",
    "native",
    "put",
    "reals_at",
    "shift",
    "slot_at",
    "spread",
    "store",
    "total",
    "vector",
    "words_at",
]
