"""Names of `scipy.linalg` that have no twin here, and what to do instead."""

from ad.callsite import user_line
from ad.errors import NoTwinError

_DATA = "It takes no array that could be traced: call scipy.linalg's"
_PLAIN = "Its result has no derivative: call scipy.linalg's on data"
_SUBSPACE = "Its basis is determined only up to a rotation. The nearest that is covered"

INSTEAD: dict[str, str] = {
    **dict.fromkeys(
        (
            *("dft", "fiedler", "hadamard", "helmert", "hilbert", "invhilbert", "invpascal"),
            *("pascal", "diagsvd", "get_blas_funcs", "get_lapack_funcs", "find_best_blas_type"),
        ),
        _DATA,
    ),
    **dict.fromkeys(
        (
            *("bandwidth", "issymmetric", "ishermitian", "matrix_balance", "expm_cond"),
            *("clarkson_woodruff_transform", "cdf2rdf", "rsf2csf"),
        ),
        _PLAIN,
    ),
    **dict.fromkeys(("orth", "null_space"), f"{_SUBSPACE}: qr, svd, and a @ pinv(a)"),
    "subspace_angles": "The nearest that is covered: np.arccos of svdvals(qa.T @ qb)",
    "schur": "The nearest that is covered: eig, and eigh for symmetric matrices",
    "hessenberg": "The nearest that is covered: qr",
    "ldl": "The nearest that is covered: cholesky, lu",
    "cossin": "The nearest that is covered: svd of the blocks",
    **dict.fromkeys(("qz", "ordqz"), "The nearest that is covered: eig of solve(b, a)"),
    **dict.fromkeys(
        ("qr_delete", "qr_insert", "qr_update", "qr_multiply"),
        "The nearest that is covered: qr of the changed matrix, and @",
    ),
    **dict.fromkeys(
        ("solve_continuous_are", "solve_discrete_are"),
        "The nearest that is covered: ad.root of the Riccati equation, started at scipy.linalg's "
        "solution, and solve_discrete_lyapunov",
    ),
    "fractional_matrix_power": "The nearest that is covered: expm(p * logm(a)), sqrtm",
    "funm": "The nearest that is covered: eig or eigh, a function of the values, and @",
    "signm": "The nearest that is covered: solve(sqrtm(a @ a), a)",
    "fiedler_companion": "The nearest that is covered: companion",
}


def refuse(name: str) -> None:
    """Raise the error for a name that `ad.linalg` has not."""
    why = INSTEAD.get(name)
    if why is None:
        raise AttributeError(f"module 'ad.linalg' has no attribute {name!r}")
    raise NoTwinError(
        f"ad.linalg: a function of scipy.linalg must have a twin, got {name} ({user_line()}). "
        f"{why}."
    )
