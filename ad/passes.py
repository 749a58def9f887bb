"""The passes of the compiler that can be switched off, by name.

Each leaves the meaning of a program as it is, so a test can compare the interpreter with native
code pass by pass, and a user can tell a wrong result of ours from one of the model.
"""

from ad.rules import APPROXIMATE

PASSES: dict[str, str] = {
    "roll-loops": "Python loops as vector operations and scans",
    "two-dimensional": "loops over rows and columns; sums over an axis inside the loop",
    "called-mathematics": "functions called for a tile of elements, arithmetic between the calls",
    "fuse-products": "products with a data matrix inside the loop over its rows",
    "private-sums": "sums of each lane's own where a loop adds to few places",
    "narrow-products": "products with data of few columns inside the loop over the rows",
    "factors-of-sums": "factors and terms that all terms of a sum share, once",
    "logistic-functions": "expit, softplus and sums of it from one exponential an element",
    "reuse-buffers": "the workspace's memory used again after a value's last reader",
    **dict.fromkeys(APPROXIMATE, "a rewriting law that may change the last bits"),
}


def checked(without: tuple[str, ...]) -> tuple[str, ...]:
    """`without`, if it names passes.

    Raises
    ------
    ValueError
        For a name that is not in `PASSES`.
    """
    unknown = sorted(set(without) - set(PASSES))
    if unknown:
        raise ValueError(
            f"ad: without must name passes, got {', '.join(map(repr, unknown))}. "
            f"The passes are {', '.join(sorted(PASSES))}."
        )
    return without
