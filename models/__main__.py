"""The gallery from the command line: `python -m models`, `... NAME`, `... verify`."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ppl

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """Names of the models, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def headline(name: str) -> str:
    """First line of a model's docstring, read without importing it."""
    with (FOLDER / f"{name}.py").open(encoding="utf-8") as file:
        return file.readline().strip().strip('"')


def parser() -> argparse.ArgumentParser:
    """Make the command line's parser."""
    made = argparse.ArgumentParser(
        prog="python -m models",
        description="List the gallery, or fit one of its models; 'verify' checks them.",
    )
    made.add_argument("name", nargs="?", help="which model; without it they are listed")
    made.add_argument("--draws", type=int, default=1000, help="draws kept in each chain")
    made.add_argument("--warmup", type=int, default=1000, help="transitions before them")
    made.add_argument("--chains", type=int, default=4)
    made.add_argument("--seed", type=int, default=None)
    return made


def listing() -> str:
    """Make the table of the gallery, one line a model."""
    width = max(len(name) for name in names())
    return "\n".join(f"{name:<{width}}  {headline(name)}" for name in names())


def unknown(name: str) -> str:
    """Say that there is no such model, and which ones come close."""
    import difflib  # noqa: PLC0415 - only a mistake needs it

    close = difflib.get_close_matches(name, names(), n=3, cutoff=0.4)
    advice = f"Did you mean {' or '.join(close)}?" if close else "python -m models lists them."
    return f"models: NAME must be a model of the gallery, got '{name}'. {advice}"


def describe(posterior: "ppl.Posterior", options: argparse.Namespace) -> str:
    """Say what is fitted, and how."""
    data = ", ".join(f"{name} {value.shape}" for name, value in posterior.observed.items())
    return (
        f"{headline(options.name)}\n{posterior.dimension} parameters "
        f"({', '.join(posterior.sites)}); observed: {data}\n"
        f"NUTS: {options.chains} chains, {options.warmup} warmup, {options.draws} draws\n"
    )


def fit(options: argparse.Namespace) -> None:
    """Fit a model and print what comes of it."""
    import inference  # noqa: PLC0415 - the listing does not need it

    posterior = importlib.import_module(f"models.{options.name}").posterior()
    print(describe(posterior, options))
    result = inference.nuts(
        posterior,
        draws=options.draws,
        warmup=options.warmup,
        chains=options.chains,
        seed=options.seed,
    )
    print(result.summary())
    for warning in result.warnings():
        print(f"\nwarning: {warning}")


def verify(arguments: list[str]) -> int:
    """Hold the gallery against Stan and posteriordb; the result is the exit status."""
    from models import _verify  # noqa: PLC0415 - the listing does not need it

    try:
        return int(_verify.main(arguments) > 0)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the result is the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["verify"]:
        return verify(arguments[1:])
    options = parser().parse_args(arguments)
    if options.name is None:
        print(listing())
        return 0
    if options.name not in names():
        print(unknown(options.name), file=sys.stderr)
        return 2
    try:
        fit(options)
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
