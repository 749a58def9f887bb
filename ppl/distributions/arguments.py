"""From a call's arguments to parameter values: order, aliases, defaults, alternatives."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ppl.distributions.parameter import convert
from ppl.errors import show, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.distributions.parameter import Parameter


class Arguments:
    """How the constructor of one law may be called; made once for each law.

    Parameters
    ----------
    law : str
        Its name, for messages.
    parameters : mapping of str to Parameter
        In the order of declaration.
    """

    def __init__(self, law: str, parameters: Mapping[str, Parameter]) -> None:
        self._law = law
        self._parameters = parameters
        self._positional = [name for name, p in parameters.items() if not p.keyword_only]
        self._canonical = {
            alias: name for name, p in parameters.items() for alias in (name, *p.aliases)
        }
        self._groups: dict[str, list[str]] = {}
        for name, declared in parameters.items():
            if declared.group is not None:
                self._groups.setdefault(declared.group, []).append(name)

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Give the parameter values by canonical name, converted, in the order of declaration.

        Raises
        ------
        TypeError
            As for a Python function called with wrong arguments, or for values that are not
            numeric.
        """
        given = self._named(args, kwargs)
        self._require_one_of_each_group(given)
        values = {}
        for name, declared in self._parameters.items():
            value = given.get(name, declared.default)
            if value is not None:
                values[name] = _numeric(self._law, name, value)
            elif declared.group is None:
                raise TypeError(
                    f"{self._law}: {name} must be given, got none {where()}. "
                    f"The arguments are {self._describe()}."
                )
        return values

    def _named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        if len(args) > len(self._positional):
            raise TypeError(
                f"{self._law}: at most {len(self._positional)} arguments must be positional, got "
                f"{len(args)} {where()}. The arguments are {self._describe()}."
            )
        given = dict(zip(self._positional, args, strict=False))
        for key, value in kwargs.items():
            name = self._canonical.get(key)
            if name is None:
                raise TypeError(
                    f"{self._law}: arguments must be among {self._describe()}, got '{key}' "
                    f"{where()}."
                )
            if name in given:
                raise TypeError(f"{self._law}: {name} must be given once, got it twice {where()}.")
            given[name] = value
        return given

    def _require_one_of_each_group(self, given: Mapping[str, Any]) -> None:
        for names in self._groups.values():
            chosen = [name for name in names if given.get(name) is not None]
            if len(chosen) != 1:
                raise TypeError(
                    f"{self._law}: exactly one of {', '.join(names)} must be given, got "
                    f"{' and '.join(chosen) or 'none'} {where()}."
                )

    def _describe(self) -> str:
        return ", ".join(
            f"{name}{' (named)' if declared.keyword_only else ''}"
            for name, declared in self._parameters.items()
        )


def _numeric(law: str, name: str, value: Any) -> Any:
    try:
        return convert(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{law}: {name} must be a number or an array of numbers, got {show(value)} {where()}. "
            f"({error})"
        ) from None


def signature_of(parameters: Mapping[str, Parameter]) -> inspect.Signature:
    """Signature for `inspect`, editors and notebooks."""
    ordered = sorted(parameters.items(), key=lambda item: item[1].keyword_only)
    entries = []
    for name, declared in ordered:
        kind = (
            inspect.Parameter.KEYWORD_ONLY
            if declared.keyword_only
            else inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        required = declared.default is None and declared.group is None
        default = inspect.Parameter.empty if required else declared.default
        entries.append(inspect.Parameter(name, kind, default=default))
    # Python has no default before an argument without one, which one of a group may be.
    fixed = [
        i
        for i, entry in enumerate(entries)
        if entry.kind is not inspect.Parameter.KEYWORD_ONLY
        and entry.default is inspect.Parameter.empty
    ]
    for i in range(max(fixed, default=0)):
        entries[i] = entries[i].replace(default=inspect.Parameter.empty)
    return inspect.Signature(entries)
