"""A posterior made from another: with other data, written otherwise, or in another process."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ppl import handlers
from ppl.data import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ppl import run

Made = TypeVar("Made", bound="Remaking")


def _made(
    kind: type[Made],
    model: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Made:
    """Posterior that was pickled."""
    return kind(model, *args, **given, **kwargs)


class Remaking:
    """Base of `ppl.Posterior`: it is made anew from its model, arguments and options.

    Attributes
    ----------
    _given : dict of str
        Options at construction, by name.
    """

    _given: dict[str, Any]
    _program: run.Program

    def __init__(self, model: Callable[..., Any], *args: Any, **options_and_arguments: Any) -> None:
        raise NotImplementedError

    def __reduce__(self) -> Any:
        """Made anew from the model and its arguments in the process it is sent to."""
        bound = self._program.arguments
        arguments = plain(bound.args), plain(bound.kwargs)
        return _made, (type(self), self._program.model, *arguments, self._given)

    def rewritten(self, config: Any = "auto") -> Self:
        """Make the posterior of the model under `ppl.handlers.reparam(model, config)`.

        Parameters
        ----------
        config : mapping of str to Reparam, callable of Site, or "auto"

        Returns
        -------
        Posterior
        """
        old = self._program
        model = handlers.reparam(old.model, config)
        return type(self)(
            model,
            *old.arguments.args,
            **self._given,
            **old.arguments.kwargs,
        )

    def with_data(self, *args: Any, **kwargs: Any) -> Self:
        """Make the posterior of the same model with other data.

        Parameters
        ----------
        *args, **kwargs
            As at construction; named arguments that are not given, and `coords`, `subset_seed`,
            `strict` and `without`, stay what they were.

        Returns
        -------
        Posterior
        """
        model, old = self._program.model, self._program.arguments
        given = {name: kwargs.pop(name, value) for name, value in self._given.items()}
        if args:
            return type(self)(model, *args, **given, **kwargs)
        known = {name: value for name, value in kwargs.items() if name in old.arguments}
        new = inspect.BoundArguments(old.signature, OrderedDict(old.arguments | known))
        more = {name: value for name, value in kwargs.items() if name not in known}
        named = {**new.kwargs, **more}
        return type(self)(model, *new.args, **given, **named)

    def with_subset(self, seed: int) -> Self:
        """Make the posterior of the same model and data with other elements of subsampled plates.

        Parameters
        ----------
        seed : int

        Returns
        -------
        Posterior
        """
        old = self._program.arguments
        given = {**self._given, "subset_seed": seed}
        return type(self)(self._program.model, *old.args, **given, **old.kwargs)
