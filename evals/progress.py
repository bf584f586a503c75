"""How far a command is, on the terminal: a bar with the time left."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tqdm import tqdm

from evals.run import OnDone
from evals.schema import Result, Suite


@contextmanager
def case_progress(suites: Sequence[Suite]) -> Iterator[OnDone]:
    """Yield what is to be called with each result; the bar counts cases and failures."""
    total = sum(len(suite.cases) for suite in suites)
    failed = known = 0
    with tqdm(total=total, unit="case", file=sys.stderr, smoothing=0.1, disable=None) as bar:

        def on_done(result: Result, remembered: bool) -> None:  # noqa: FBT001
            nonlocal failed, known
            failed += not result.passed
            known += remembered
            bar.total = total - known
            bar.set_postfix_str(f"{failed} failed, {known} remembered", refresh=False)
            bar.update(not remembered)

        yield on_done
