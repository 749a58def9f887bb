"""Complex values between real ones: a pair of real traced arrays that NumPy takes for an array.

The graph stays real. Arithmetic, elementary functions, products, shapes and Fourier transforms of
complex values are written in operations of their real and imaginary parts, so derivatives of every
order, mapping and native code follow.
"""

from ad.complexes.dispatch import call_function, call_named, concerns
from ad.complexes.value import Complex, is_complex

__all__ = ["Complex", "call_function", "call_named", "concerns", "is_complex"]
