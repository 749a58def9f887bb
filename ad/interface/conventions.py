"""Derivatives by convention: functions whose derivative is zero, and points that have none.

The page docs/operations.md shows both; `tests/ad/test_kinks.py` holds them in every mode.
"""

# Functions of numbers that are constant in pieces: derivative 0 everywhere, kinks included.
FLAT = frozenset(
    (
        *("sign", "floor", "ceil", "rint", "round", "around", "trunc", "fix", "floor_divide"),
        *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
        *("isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit", "isclose", "allclose"),
        *("logical_and", "logical_or", "logical_xor", "logical_not"),
        *("bitwise_and", "bitwise_or", "bitwise_xor", "invert", "any", "all", "count_nonzero"),
        *("argmax", "argmin", "nanargmax", "nanargmin", "argsort", "argpartition", "lexsort"),
        *("searchsorted", "digitize", "isin", "array_equal", "array_equiv"),
        *("isreal", "iscomplex", "imag", "angle"),
        *("zeros_like", "ones_like", "empty_like", "linalg.matrix_rank"),
    )
)
# What answers about shapes and types, not values.
ABOUT = frozenset(
    (
        *("shape", "ndim", "size", "isrealobj", "iscomplexobj", "result_type", "common_type"),
        *("can_cast", "min_scalar_type", "may_share_memory", "shares_memory", "einsum_path"),
        *("array_str", "array_repr", "array2string"),
        *("diag_indices_from", "tril_indices_from", "triu_indices_from"),
    )
)
CONVENTIONS = (
    ("`abs`, `np.fabs` at 0", "0"),
    (
        "`np.hypot`, `np.arctan2`, `np.linalg.norm`, `np.std`, `np.abs` of a complex number, at 0",
        "0",
    ),
    ("`np.maximum`, `np.minimum`, `np.fmax`, `np.fmin` at a tie (relu at 0)", "a half for each"),
    ("`np.clip` at a bound", "a half"),
    ("`np.max`, `np.min`, `np.ptp`, `np.nanmax`, `np.nanmin`, max norm, at a tie", "equal shares"),
    (
        "`np.sort`, `np.partition`, `np.median`, `np.quantile` at a tie",
        "that of the stable sort: equals keep their order, each element takes its derivative along",
    ),
    ("`np.median` of an even number", "a half for each of the two in the middle"),
    (
        "`np.quantile` where it is an element, in q",
        "that of the interval above; at q = 1 of the last",
    ),
    (
        "`np.interp` at a knot, in x",
        "that of the piece to its right; at the last knot of the last; 0 outside",
    ),
    ("`np.where`, `np.select`, `np.piecewise`, `np.heaviside`", "that of the branch taken"),
    ("`np.fmod`, `np.remainder`, `np.modf` at a step", "1 in x, minus the whole quotient in y"),
    ("`np.copysign(x, y)` at x = 0", "0"),
    ("steps (`np.floor`, `np.sign`, `np.round`, comparisons, ...)", "0 everywhere"),
    ("`np.nan_to_num` where a number is put in", "0"),
    ("`np.nextafter(x, y)`", "1 in x, 0 in y"),
)

__all__ = ["ABOUT", "CONVENTIONS", "FLAT"]
