"""Results as JUnit XML, which CI servers show."""

import re
from collections.abc import Collection, Sequence
from xml.etree import ElementTree

from evals.schema import Result

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Sequence[Result], known_failures: Collection[str] = ()) -> str:
    """Return a test suite for each suite, with a test for each case.

    Failures that the baseline knows are marked as skipped, so that CI agrees with the gate.
    """
    root = ElementTree.Element("testsuites")
    by_suite: dict[str, list[Result]] = {}
    for result in results:
        by_suite.setdefault(result.suite, []).append(result)
    for name, members in by_suite.items():
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=_plain(name),
            tests=str(len(members)),
            failures=str(sum(not r.passed and r.id not in known_failures for r in members)),
            skipped=str(sum(not r.passed and r.id in known_failures for r in members)),
        )
        for result in members:
            seconds = sum(attempt.seconds for attempt in result.attempts)
            test = ElementTree.SubElement(
                suite,
                "testcase",
                classname=_plain(name),
                name=_plain(result.case.id),
                time=f"{seconds:.3f}",
            )
            if not result.passed:
                reasons = "; ".join(check.reason for check in result.failures)
                kind = "skipped" if result.id in known_failures else "failure"
                failure = ElementTree.SubElement(test, kind, message=_plain(reasons))
                answer = result.attempts[0].answer
                failure.text = _plain(f"{result.case.question}\n{answer.text if answer else ''}")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _plain(text: str) -> str:
    """Return text without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
