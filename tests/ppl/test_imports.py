"""What a program pays for `import ppl`: NumPy, llvmlite and the standard library."""

import subprocess
import sys


def test_importing_is_light() -> None:
    code = (
        "import sys, ppl\n"
        "heavy = {'scipy', 'numba', 'arviz', 'rich', 'matplotlib', 'mpmath', 'inference'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_density_of_simple_laws_needs_no_scipy() -> None:
    code = (
        "import sys, ppl\n"
        "def model(y):\n"
        "    mu = ppl.sample('mu', ppl.Normal(0, 5))\n"
        "    s = ppl.sample('s', ppl.HalfCauchy(5))\n"
        "    p = ppl.sample('p', ppl.Uniform(0, 1))\n"
        "    with ppl.plate('i', 3):\n"
        "        ppl.sample('y', ppl.Normal(mu + p, s), obs=y)\n"
        "ppl.Posterior(model, [1.0, 2.0, 3.0]).logdensity([0.1, 0.2, 0.3])\n"
        "print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
