"""Laws of vectors."""
