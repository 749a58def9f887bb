"""Marks on traced values: a remark that a caller attaches, and a rule that carries it on.

Other layers learn in this way what becomes of a value while a function is traced (the names of its
axes, the inputs it depends on), without any operation knowing of them.
"""

from __future__ import annotations

import contextlib
import contextvars
from typing import TYPE_CHECKING, Any

from ad.errors import TraceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rule = Callable[[Any, Any, Any, Any], Any]

# A rule, and whether numbers are marked.
_rule: contextvars.ContextVar[tuple[Rule | None, bool]] = contextvars.ContextVar(
    "wengert_tags", default=(None, False)
)


@contextlib.contextmanager
def tagging(rule: Rule | None, *, numbers: bool = True) -> Iterator[None]:
    """Let a rule say what mark the result of each operation gets, in functions traced meanwhile.

    Parameters
    ----------
    rule : callable
        ``(op, args, params, result) -> mark``: of the operation (its `name` and `kind`), its
        arguments (traced or plain), and its result. Where Python branches on a traced value, the
        operation is None and the value the one argument. Its exceptions reach the traced function.
        None ends the marking.
    numbers : bool, default True
        Whether results without axes are marked too. Without it they are recorded faster.

    Examples
    --------
    >>> import numpy as np, ad
    >>> seen = []
    >>> with ad.tagging(lambda op, args, params, result: seen.append(op.name)):
    ...     g = ad.grad(lambda x: np.sum(np.exp(x)))(np.zeros(2))
    >>> seen
    ['exp', 'sum']
    """
    token = _rule.set((rule, numbers and rule is not None))
    try:
        yield
    finally:
        _rule.reset(token)


def rule_now() -> tuple[Rule | None, bool]:
    """The rule for tapes opened now, and whether it marks numbers."""
    return _rule.get()


def tag(value: Any, mark: Any) -> Any:
    """Attach a mark to a traced value, and return the value.

    Raises
    ------
    TraceError
        For a plain value.
    """
    if not hasattr(type(value), "level_of") or not hasattr(value, "tape"):
        raise TraceError(f"ad.tag: the value must be traced, got {type(value).__name__}.")
    value.tag = mark
    return value


def tag_of(value: Any) -> Any:
    """Mark of a traced value; None without one, and for plain values."""
    traced = hasattr(type(value), "level_of") and hasattr(value, "tape")
    return getattr(value, "tag", None) if traced else None
