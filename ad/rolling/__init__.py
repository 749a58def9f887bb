"""Rolling: Python loops on a tape become vector operations and scans.

A traced Python loop is straight-line code: as many copies of its statements as it had iterations.
Here the copies are put together again, before differentiation, so that the size of the code and the
time to compile it do not grow with the number of iterations. Nothing is asked of the program: what
is one statement is told from call sites, and what may be done at once from what reads what, so
nested, ragged and branching loops, generators, lists and helpers are all the same.

1. Sums of many terms are taken out of the loop (`sums`).
2. Rows are grouped into statements (`listing`, `patterns`).
3. Statements that depend on nothing of their own are vector operations; circles of few levels are
   done level by level (`arrangement`), deep ones are scans (`recurrences`), also where iterations
   differ (`branching`).
4. The operations are written, operands being views and gathers of vectors (`emission`, `sources`,
   `segments`, `scans`, `branching_scans`).

The structure of the result depends on the program and on shapes, never on values of data. It is
checked at the traced point against the values of the tape; where it is wrong, and where nothing
repeats, the tape is taken as it is.
"""

from ad.rolling.program import roll

__all__ = ["roll"]
