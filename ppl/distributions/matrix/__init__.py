"""Laws of matrices."""
