"""Figures over many cases, each with its 95 % confidence interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

CONFIDENCE = 0.95
BOOTSTRAP_SEED = 20261122


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share or a mean over `count` cases, and the interval that holds the true one."""

    name: str
    value: float
    low: float
    high: float
    count: int


def estimate(name: str, values: Sequence[float]) -> Estimate | None:
    """Return the mean of some figures: Wilson's interval for shares, else the bootstrap's.

    Nothing comes of no values: there is no such figure.
    """
    if not values:
        return None
    if set(values) <= {0.0, 1.0}:
        low, high = _wilson(round(sum(values)), len(values))
    else:
        low, high = _bootstrap(values)
    return Estimate(name, fmean(values), low, high, len(values))


def _wilson(hits: int, count: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    interval = binomtest(hits, count).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def _bootstrap(values: Sequence[float]) -> tuple[float, float]:
    if len(set(values)) == 1:
        return values[0], values[0]
    import numpy as np
    from scipy.stats import bootstrap

    interval = bootstrap(
        (np.asarray(values),),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=2000,
        method="percentile",
        rng=np.random.default_rng(BOOTSTRAP_SEED),
    ).confidence_interval
    return float(interval.low), float(interval.high)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two verdicts are the same, over `count` cases; `kappa` is beyond chance."""

    share: float
    kappa: float | None
    count: int


def measure_agreement(first: Sequence[bool], second: Sequence[bool]) -> Agreement | None:
    """Compare two verdicts on the same cases. Source of kappa: Cohen (1960)."""
    if not first:
        return None
    share = fmean(a == b for a, b in zip(first, second, strict=True))
    if len(set(first) | set(second)) == 1:
        return Agreement(share, None, len(first))
    from sklearn.metrics import cohen_kappa_score

    return Agreement(share, float(cohen_kappa_score(first, second)), len(first))
