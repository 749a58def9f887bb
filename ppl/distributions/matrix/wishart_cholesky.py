"""The Wishart law of a Cholesky factor."""

from ppl.distributions.wisharts import Factor


class WishartCholesky(Factor):
    """Law of the lower Cholesky factor L of a matrix L L' with the law `Wishart`.

    Exactly one of the matrices is given, by name.

    Parameters
    ----------
    df : array, shape (...)
        Degrees of freedom, greater than n - 1; also `nu`.
    scale_matrix : array, shape (..., n, n)
        Symmetric positive definite; also `V`.
    scale_tril : array, shape (..., n, n)
        Its lower Cholesky factor.

    Examples
    --------
    >>> law = WishartCholesky(3.0, scale_tril=[[1.0]])  # a chi variable with 3 degrees of freedom
    >>> round(float(law.log_prob([[1.0]])), 12)
    -0.725791352645
    """
