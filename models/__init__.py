"""The gallery: one model a file, each with its data. `python -m models` lists them."""
