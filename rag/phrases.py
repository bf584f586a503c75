"""What an answer says in words of its own, in both languages."""

from rag.audit import FindingKind
from rag.schema import Language

ABSTENTION: dict[Language, str] = {
    "en": "The documents do not answer this.",
    "zh": "文档中没有这个问题的答案。",
}

UNANSWERED: dict[Language, str] = {
    "en": "The documents do not answer this part: “{question}”",
    "zh": "文档中没有这一部分的答案：“{question}”",
}
UNKNOWN: dict[Language, str] = {
    "en": "The documents do not answer this: none of them mentions {names}.",
    "zh": "文档中没有这个问题的答案：没有一份提到{names}。",
}
OR: dict[Language, str] = {"en": " or ", "zh": "或"}
NOT_WORKED: dict[Language, str] = {
    "en": "The documents do not answer this, and no way was found to work it out from the numbers "
    "that they state.",
    "zh": "文档中没有这个问题的答案，也没有找到由文中数字算出它的办法。",
}
AGREED: dict[Language, str] = {
    "en": "Nothing was found in which the documents contradict each other or themselves.",
    "zh": "没有发现文档之间或文档内部互相矛盾之处。",
}
AGAINST: dict[FindingKind, dict[Language, str]] = {
    "value": {"en": "Different values of the same", "zh": "同一数量的数值不同"},
    "date": {"en": "Different years of the same", "zh": "同一件事的年份不同"},
    "name": {"en": "The same, said of different names", "zh": "同一件事归于不同名称"},
    "stronger": {"en": "The same, said more strongly", "zh": "同一说法，程度不同"},
    "identity": {"en": "Names that may be of different people", "zh": "可能属于不同人的名字"},
    "arithmetic": {"en": "A result that does not add up", "zh": "计算结果不符"},
}
OTHERWISE: dict[Language, str] = {
    "en": "Another passage differs: “{quote}”",
    "zh": "另一段原文说法不同：“{quote}”",
}
DIFFERENT: dict[Language, str] = {
    "en": "The passages differ in this.",
    "zh": "原文在这一点上说法不一。",
}
DECISION: dict[Language, str] = {
    "en": "{word}. A passage says: “{quote}”",
    "zh": "{word}。原文写道：“{quote}”",
}
WORKED: dict[Language, str] = {
    "en": "{result}, worked out from what the passages state: {working}",
    "zh": "{result}，由原文中的数字算出：{working}",
}
WORKED_WRONG: dict[Language, str] = {
    "en": "{result}, worked out from what the passages state, of which one number is known to be "
    "wrong: {working}",
    "zh": "{result}，由原文中的数字算出，但其中有已知错误的数字：{working}",
}
WORKED_AGAIN: dict[Language, str] = {
    "en": "With {number} instead: {working}",
    "zh": "若改用{number}：{working}",
}
SAYS_OTHERWISE: dict[Language, str] = {
    "en": "The document {document} says otherwise, which is wrong.",
    "zh": "文档{document}的说法与此不同，是错误的。",
}
SAYS_WITHOUT: dict[Language, str] = {
    "en": "The document {document} says it without this limit.",
    "zh": "文档{document}没有说明这一限制。",
}
NEAREST_IS_WRONG: dict[Language, str] = {
    "en": "The documents do not answer this, and what comes nearest in {document} is wrong.",
    "zh": "文档中没有这个问题的答案，而{document}中最接近的说法是错误的。",
}
LOOKED_UP: dict[Language, str] = {
    "en": "{cell}, by a row of a table, “{row}”, under “{header}”",
    "zh": "{cell}，见表中的一行“{row}”，表头为“{header}”",
}
QUOTATION: dict[Language, str] = {"en": "A passage says: “{quote}”", "zh": "原文写道：“{quote}”"}
