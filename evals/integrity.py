"""What must hold for every answer: citations open their exact words, sentences keep to them."""

import re
from collections.abc import Iterator, Mapping

from evals.quantity import find_numbers
from evals.schema import Check
from evals.text import find_quotations, find_spans, normalise, plain_text
from ingest.schema import Document
from rag.schema import Answer, Sentence

_IDENTIFIER = re.compile(r"[A-Za-z]+-?\d[A-Za-z0-9.]*|\b[A-Z]{2,}[A-Za-z0-9]*\b")


def check_exact(answer: Answer, documents: Mapping[str, Document]) -> Check:
    """Check that all parts lead to the very words of the documents as they are now."""
    problem = next(_exact_problems(answer, documents), None)
    return Check("exact", problem is None, problem or "every citation opens its exact words")


def _exact_problems(answer: Answer, documents: Mapping[str, Document]) -> Iterator[str]:
    spans = [("citation", c.document, c.start, c.end, c.quote) for c in answer.citations]
    spans += [("passage", p.document, p.start, p.end, p.text) for p in answer.passages]
    spans += [("correction", e.document, e.start, e.end, e.wrong) for e in answer.corrections]
    for kind, name, start, end, words in spans:
        document = documents.get(name)
        if document is None:
            yield f"a {kind} is of {name}, which the corpus does not have"
        elif document.text[start:end] != words or not words.strip():
            yield f"a {kind} of {name} does not open the words that it shows: “{words[:80]}”"
    numbers = {citation.number for citation in answer.citations}
    text = normalise(plain_text(answer.text))
    for sentence in answer.sentences:
        if not set(sentence.citations) <= numbers:
            yield f"a mark leads nowhere: {sentence.text[:80]}"
        if not sentence.citations and not sentence.mark:
            yield f"a sentence has no citation: {sentence.text[:80]}"
        if normalise(sentence.text) not in text:
            yield f"the text lacks one of its sentences: {sentence.text[:80]}"
    yield from _misplaced_operands(answer)
    if answer.abstained and answer.sentences and not answer.corrections:
        yield "it abstains and answers at once"
    if not answer.abstained and not answer.sentences:
        yield "it is empty"


def _misplaced_operands(answer: Answer) -> Iterator[str]:
    """Yield what is wrong with operands: each stands in the words it is cited to, or was asked."""
    quotes = {citation.number: citation.quote for citation in answer.citations}
    for operand in answer.calculation.operands if answer.calculation else ():
        asked = f"{answer.question} {answer.query}"
        stands = asked if operand.citation is None else quotes.get(operand.citation, "")
        if normalise(operand.words) not in normalise(stands):
            yield f"the operand {operand.words} does not stand where it is cited to"


def check_faithful(answer: Answer, documents: Mapping[str, Document]) -> Check:
    """Check that each sentence's numbers, identifiers and quotations stand in what it cites."""
    for sentence in answer.sentences:
        if problem := next(_unfaithful(answer, sentence, documents), None):
            return Check.fail("faithful", f"{problem}: {sentence.text[:120]}")
    return Check.hold("faithful", "each sentence keeps to what it cites")


def _squeezed(text: str) -> str:
    """Return text in which GPT-3, GPT 3 and gpt3 are the same."""
    return re.sub(r"[\s-]", "", normalise(text))


def _unfaithful(
    answer: Answer, sentence: Sentence, documents: Mapping[str, Document]
) -> Iterator[str]:
    cited = [c for c in answer.citations if c.number in sentence.citations]
    given = [citation.quote for citation in cited]
    given += [correction.right for correction in answer.corrections]
    if answer.calculation is not None:  # then operands may come from the question, too
        given += [answer.calculation.text, answer.calculation.result, answer.question]
        given += answer.calculation.corrected
    stated = set().union(*(find_numbers(text) for text in given))
    texts = [documents[c.document].text for c in cited if c.document in documents]
    names = [text for c in cited if c.document in documents for text in (c.title,)]
    known = _squeezed(" ".join([*texts, *names, *given]))
    said = sentence.text
    for citation in cited:  # a sentence may name what it cites
        said = said.replace(citation.document, " ")
    for name in _IDENTIFIER.findall(said):
        if _squeezed(name) not in known:
            yield f"no document that it cites names {name}"
    for number in sorted(find_numbers(said) - stated):
        yield f"nothing that it cites states {number:f}"
    for quotation in find_quotations(said):
        if not any(find_spans(text, quotation) for text in [*texts, *map(_whole_words, texts)]):
            yield f"no document that it cites has the words “{quotation[:60]}”"


def _whole_words(text: str) -> str:
    """Return a text with the words put together that are divided at the end of a line."""
    return re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text)
