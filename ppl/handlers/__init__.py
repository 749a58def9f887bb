"""Effect handlers: what a primitive's call means is decided by those who run the model.

A primitive (`ppl.primitives`) makes a `Site` and sends it through the stack of handlers that are
entered at that moment, the innermost first. A handler may fill in the site's value, record it, or
change it. The stack lives in a context variable, so threads and asynchronous tasks do not see each
other's models.

Each handler is a context manager, and a wrapper: `condition(model, data={"y": 1.0})` is a model
again. Names are NumPyro's and Pyro's, written as verbs are. A new one is a subclass of `Handler`
with `process` or `postprocess`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ppl.handlers.base import (
    UNSET,
    Handler,
    Site,
    checking,
    only,
    redrawing,
    running,
    send,
    stack,
)
from ppl.handlers.recording import replay, trace

if TYPE_CHECKING:
    from ppl.handlers.configuring import infer_config
    from ppl.handlers.drawing import seed
    from ppl.handlers.fixing import condition, do, substitute, uncondition
    from ppl.handlers.hiding import block
    from ppl.handlers.learning import lift
    from ppl.handlers.naming import scope
    from ppl.handlers.reparameterising import Auxiliary, reparam
    from ppl.handlers.weighing import mask, scale

__all__ = [
    "UNSET",
    "Auxiliary",
    "Handler",
    "Site",
    "block",
    "checking",
    "condition",
    "do",
    "infer_config",
    "lift",
    "mask",
    "only",
    "redrawing",
    "reparam",
    "replay",
    "running",
    "scale",
    "scope",
    "seed",
    "send",
    "stack",
    "substitute",
    "trace",
    "uncondition",
]

# What making a posterior does not need is loaded when it is first asked for.
_LATER = {
    "Auxiliary": "reparameterising",
    "block": "hiding",
    "condition": "fixing",
    "do": "fixing",
    "infer_config": "configuring",
    "lift": "learning",
    "mask": "weighing",
    "reparam": "reparameterising",
    "scale": "weighing",
    "scope": "naming",
    "seed": "drawing",
    "substitute": "fixing",
    "uncondition": "fixing",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value
