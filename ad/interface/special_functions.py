"""SciPy's ufuncs on traced arrays, under the names SciPy gives them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad import special
from ad.op import TABLE

SPECIAL_UFUNCS: dict[str, Callable[..., Any]] = {
    "psi": TABLE["digamma"],
    "logit": special.logit,
    "xlogy": special.xlogy,
    "xlog1py": special.xlog1py,
    "betaln": special.betaln,
    "beta": special.beta,
    "entr": special.entr,
    "rel_entr": special.rel_entr,
    "kl_div": special.kl_div,
    "_zeta": special.zeta,
    "_riemann_zeta": special.zeta,
    # SciPy's complex function; of a traced value, which is real, the real branch.
    "_lambertw": lambda z, k, _: special.lambertw(z, int(k)),
    "round": TABLE["rint"],
    "exp10": lambda x: TABLE["exp"](x * np.log(10.0)),
}
