"""Sentences of documents that speak to a language model instead of to their reader.

A small model obeys some of them, and what it then writes would be cited to them. So they are no
evidence: they stay in the document, and are neither shown to the model nor quoted. A document about
such orders loses the sentences that give one word for word.
"""

import re
import unicodedata

_ORDERS = re.compile(
    # A chat template's own marks, and roles at the start.
    r"<\s*\|[^|<>]{1,40}\|\s*>|\[/?INST\]|<</?SYS>>|</?(system|assistant|user)>"
    r"|^\W*(assistant|助手|(system|developer|系统)\s*(prompt|message|note|提示词?|消息))\s*[:：]"
    # Set aside what was said before.
    r"|\b(ignore|disregard|forget|override|bypass|skip)\b[^.!?]{0,40}"
    r"\b(instructions?|prompts?|rules|guidelines|directions|commands|everything (above|before)"
    r"|(previous|above|prior|earlier|other) (text|messages?|passages?|questions?)|the question)\b"
    r"|(忽略|无视|忽视|忘记|忘掉|不要理会|抛开)[^。！？]{0,20}(指令|指示|提示|规则|要求|命令|问题|内容|文字|段落)"
    r"|^\W*(please\s+)?(ignore|disregard|forget)\s+(all\s+)?(the|these|those|your)\s+"
    r"(documents|sources|passages)\b"
    r"|^\W*请?(忽略|无视|忘掉|不要理会)(以上|上述|这些|所有|全部)*的?(文档|资料)"
    # Say this, whatever is asked.
    r"|\byou\b[^.!?]{0,20}\b(answer|reply|respond|say|output|print|repeat|write|claim|pretend)\b"
    r"[^.!?]{0,40}(\bwith\b|\bthat\b|\bonly\b|[\"“':])"
    r"|\b(answer|reply|respond)\b[^.!?]{0,30}\b(with|only|every|all|any)\b[^.!?]{0,30}[\"“':]"
    r"|^\W*(please\s+)?(only\s+)?(say|answer|reply|respond|output|print|repeat)\s+"
    r"(that\b|with\b|only\b|exactly\b|[\"“':])"
    r"|(^\W*(请|只)*|[请并]|必须|一律|只需)(回答|回复|输出|重复|写出)[：:]?[“\"「『]"
    r"|(必须|只需|一律|请)(回答|回复|输出)[^。！？]{0,10}[：:“\"「『是]"
    r"|\b(every|each|all|your) (answers?|repl(y|ies)|responses?)\b[^.!?]{0,20}"
    r"\b(ends?|begins?|starts?) with\b"
    r"|在?(你的|每个|每次|所有)?(回答|回复)的?(最后|末尾|结尾|开头|前面|后面)(都|请|必须)?(写|加|附|输出)"
    # Who the reader is said to be.
    r"|\byou are (now |an? )+[^.!?]{0,30}\b(ai|assistant|model|chatbot|bot|dan)\b"
    r"|你(现在)?是(一个|一名)?[^。！？]{0,15}(助手|模型|机器人|人工智能)"
    r"|\b(ai|language) (assistants?|models?)\b[^.!?]{0,30}\b(must|should|shall|have to)\b"
    r"[^.!?]{0,20}\b(say|answer|reply|respond|output|ignore|cite|claim)\b"
    r"|\b(system|hidden|secret|initial) prompt\b|系统提示词?",
    re.IGNORECASE | re.MULTILINE,
)


_HIDDEN = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0020-\U000e007e]{4,}")
"""Letters that nobody sees, but in the flags of regions (Unicode, chapter 23.9)."""


def gives_orders(text: str) -> bool:
    """Tell whether a sentence seems to be meant for a language model that reads it."""
    if _HIDDEN.search(text):
        return True
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(" " if c in "\n\t" else c for c in plain if unicodedata.category(c) != "Cf")
    return bool(_ORDERS.search(seen))
