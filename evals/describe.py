"""What a case expects, in words for people."""

from collections.abc import Iterator

from evals.schema import CitationGroup, Expect, Groups


def describe_expectation(expect: Expect) -> Iterator[str]:
    """Yield what is expected, in words."""
    if expect.abstains is not None:
        yield "says that it is not in the documents" if expect.abstains else "answers"
    if expect.value is not None:
        numbers = " and ".join(f"{number:f}" for number in expect.value.number)
        yield f"states {numbers} {expect.value.unit or ''} (± {expect.value.tolerance:.1%})"
    if expect.contains is not None:
        yield f"contains {_groups(expect.contains)}"
    if expect.excludes is not None:
        yield f"does not contain {_groups(expect.excludes)}"
    for claim in expect.never_says or ():
        yield f"never says in one sentence {_groups(claim)}"
    for group in expect.cites or ():
        yield f"cites {_citations(group)}"
    yield from _describe_flags(expect)


def _describe_flags(expect: Expect) -> Iterator[str]:
    if expect.corrects is not None:
        yield f"corrects {', '.join(expect.corrects) or 'nothing'}"
    if expect.calculates is not None:
        yield "works it out" if expect.calculates else "works nothing out"
    if expect.conflicts is not None:
        yield "shows the contradiction" if expect.conflicts else "shows no contradiction"
    if expect.language is not None:
        yield f"is written in {expect.language}"
    if expect.max_seconds is not None:
        yield f"takes at most {expect.max_seconds:g} s"


def _groups(groups: Groups) -> str:
    return " and ".join(" or ".join(f"“{phrase}”" for phrase in group) for group in groups)


def _citations(group: CitationGroup) -> str:
    return " or ".join(c.document + (f": “{c.quote}”" if c.quote else "") for c in group)
