"""The embedded model plans a calculation: it writes an expression, or chooses among some.

What it writes is held to numbers that stand in the passages and the question by a grammar, and to
what can be the answer by their units (rag/calculation.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from rag.asked_number import AskedNumber, find_asked_number, find_functions, in_currency, may_serve
from rag.calculation import Stated, Worked, work_out
from rag.chat_model import ChatModel
from rag.errors import CalculationError
from rag.mend import mend
from rag.operands import find_operands
from rag.prompts import NOT_THERE, choose_messages, plan_grammar, plan_messages
from rag.schema import Evidence
from rag.working import show_expression

PLAN_TOKENS = 80
"""How long an expression may be, in the model's tokens."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A calculation that may be the answer, or why there is none."""

    worked: Worked | None
    asked: AskedNumber
    reason: str = ""
    is_stated: bool = False
    """A passage states the number."""


def plan_calculation(
    question: str,
    select: Callable[[Callable[[str], bool]], Sequence[Evidence]],
    above: Callable[[Evidence], str],
    chat_model: ChatModel,
) -> Plan:
    """Plan the calculation that a question asks for, over the sentences that `select` gives.

    `select` is told which sentences have numbers that may be needed; `above` gives what stands
    above a sentence in its document.
    """
    asked = find_asked_number(question)
    evidence = select(lambda text: may_serve(text, question, asked))
    operands = find_operands(question, evidence, above)
    asked = in_currency(asked, operands)
    if not any(one.evidence for one in operands):
        return Plan(None, asked, "no passage has a number to work with")
    grammar = plan_grammar([one.words for one in operands], find_functions(question))
    messages = plan_messages(question, evidence, operands)
    expression = "".join(chat_model.write(messages, PLAN_TOKENS, grammar))
    if expression == NOT_THERE:
        return Plan(None, asked, "a number that is needed to work it out is missing")
    reason = ""
    outcome: Worked | Stated | None
    try:
        outcome = work_out(expression, operands, asked)
    except CalculationError as error:
        reason = f"{expression} cannot be the answer: {error}"
        outcome = _choose(question, evidence, mend(expression, operands, asked), chat_model)
    if isinstance(outcome, Stated):
        return Plan(None, asked, "no calculation: a passage states the number", is_stated=True)
    return Plan(outcome, asked, reason)


def work_out_for(
    question: str,
    expression: str,
    evidence: Sequence[Evidence],
    above: Callable[[Evidence], str],
) -> Worked:
    """Work out a hosted model's expression under the same checks. Raises CalculationError."""
    operands = find_operands(question, evidence, above)
    asked = in_currency(find_asked_number(question), operands)
    outcome = work_out(expression, operands, asked)
    if isinstance(outcome, Stated):
        raise CalculationError("a passage states it: quote that.")
    return outcome


def _choose(
    question: str,
    evidence: Sequence[Evidence],
    options: Sequence[Worked | Stated],
    chat_model: ChatModel,
) -> Worked | Stated | None:
    """Return the calculation that the model finds likeliest to answer, if there is any."""
    if len(options) < 2:
        return next(iter(options), None)
    shown = [
        show_expression(one.expression, one.operands) for one in options if isinstance(one, Worked)
    ]
    messages = choose_messages(question, evidence, shown)
    weights = chat_model.weigh(messages, ascii_uppercase[: len(options)])
    return options[weights.index(max(weights))]
