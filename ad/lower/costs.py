"""What operations cost, roughly."""

# Operations that cost as much as some ten additions.
TRANSCENDENTAL = frozenset(
    (
        *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power", "sin", "cos", "tan"),
        *("arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh", "arcsinh", "arccosh"),
        *("arctanh", "expit", "log_expit", "log1p_exp", "logaddexp", "erf", "erfc", "ndtr"),
        *("log_ndtr", "gammaln", "digamma", "polygamma", "betaln", "polygamma_gap", "kl_div"),
    )
)
