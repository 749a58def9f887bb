"""Laws made of other laws, one class in one file."""
