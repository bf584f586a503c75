"""The words of the page, in English and Chinese; the browser's language chooses."""

from collections.abc import Mapping

import gradio as gr

from rag.schema import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    "tagline": {
        "en": "Answers from your documents, in their own words.",
        "zh": "用文档自己的话回答您的问题。",
    },
    "welcome": {
        "en": "### Ask your documents\nEvery sentence of an answer carries a mark that opens the "
        "words it rests on.",
        "zh": "### 向您的文档提问\n回答的每一句都有标记，点击即可看到它所依据的原文。",
    },
    "ask": {"en": "Ask the documents", "zh": "向文档提问"},
    "documents": {"en": "Documents", "zh": "文档"},
    "corrections": {"en": "Corrections", "zh": "更正"},
    "add documents": {"en": "Add documents", "zh": "添加文档"},
    "paste": {"en": "Or paste text", "zh": "或粘贴文本"},
    "title": {"en": "Title", "zh": "标题"},
    "text": {"en": "Text", "zh": "文本"},
    "add text": {"en": "Add the text", "zh": "添加文本"},
    "replace": {"en": "Replace documents of the same name", "zh": "替换同名文档"},
    "read again": {"en": "Read the folder again", "zh": "重新读取文件夹"},
    "propose": {"en": "Propose a correction", "zh": "提出更正"},
    "proposing": {
        "en": "Open a citation, and its words stand here. A proposed correction has no effect on "
        "answers until it is accepted.",
        "zh": "打开一处引用，其原文会填入此处。提出的更正在被采纳之前不影响回答。",
    },
    "document": {"en": "Document", "zh": "文档"},
    "faulty": {"en": "Faulty words, as they stand there", "zh": "错误的原文（逐字）"},
    "right": {"en": "What is right, in a sentence", "zh": "正确的说法（一句话）"},
    "authority": {"en": "Who says so", "zh": "依据（何人何处）"},
    "url": {"en": "Where (an address, if there is one)", "zh": "网址（如有）"},
    "propose it": {"en": "Propose", "zh": "提出"},
    "rewriting": {"en": "Putting the question in its context…", "zh": "正在结合上下文理解问题…"},
    "searching": {"en": "Searching the documents…", "zh": "正在检索文档…"},
    "reading": {"en": "Reading {count} passages…", "zh": "正在阅读{count}段原文…"},
    "calculating": {"en": "Working it out…", "zh": "正在计算…"},
    "writing": {"en": "Writing, and checking each sentence…", "zh": "正在撰写并逐句核对…"},
    "searched": {
        "en": "Searched for “{query}”: {count} passages",
        "zh": "检索“{query}”：{count}段",
    },
    "searched for": {"en": "Searched for: {query}", "zh": "检索：{query}"},
    "stopped": {"en": "Stopped", "zh": "已停止"},
    "indexing": {"en": "Reading your documents… {detail}", "zh": "正在读取文档… {detail}"},
    "loading": {
        "en": "Loading the language models. This takes some seconds; the first time, a minute.",
        "zh": "正在加载语言模型，需要几秒钟；第一次约一分钟。",
    },
    "remove": {"en": "Remove", "zh": "移除"},
    "undo": {"en": "Undo", "zh": "撤销"},
    "accept": {"en": "Accept", "zh": "采纳"},
    "reject": {"en": "Reject", "zh": "拒绝"},
    "proposed": {"en": "Proposed.", "zh": "待采纳。"},
    "in force": {"en": "In force, of", "zh": "已生效，出自"},
    "no errata": {"en": "No errors of the documents are known.", "zh": "尚无已知错误。"},
    "empty": {"en": "Put files into {folder}.", "zh": "请把文件放入 {folder}。"},
    "not read": {"en": "Not read: {reason}", "zh": "未能读取：{reason}"},
    "passage": {"en": "1 passage", "zh": "1段"},
    "passages": {"en": "{count:,} passages", "zh": "{count}段"},
    "known error": {"en": "1 known error", "zh": "1处已知错误"},
    "known errors": {"en": "{count} known errors", "zh": "{count}处已知错误"},
    "all documents": {"en": "← All documents", "zh": "← 全部文档"},
    "page": {"en": "page {page}", "zh": "第{page}页"},
    "gone": {"en": "is not among the documents any more.", "zh": "已不在文档之中。"},
    "there already": {"en": "is there already.", "zh": "已经在文档中。"},
    "left out": {"en": "is left out: its format is not read.", "zh": "未添加：不支持这种格式。"},
    "ready": {"en": "can be asked now: {passages}.", "zh": "现在可以提问：{passages}。"},
    "no longer": {"en": "is no longer among the documents.", "zh": "已不在文档之中。"},
    "cannot be read": {"en": "cannot be read: {reason}", "zh": "无法读取：{reason}"},
    "nothing else": {"en": "Nothing else changed.", "zh": "没有其他变化。"},
    "removed": {"en": "is removed.", "zh": "已移除。"},
    "back": {"en": "is back.", "zh": "已恢复。"},
    "needs title": {
        "en": "Nothing was added: a title with letters is needed.",
        "zh": "未添加：请填写标题。",
    },
    "needs text": {"en": "Nothing was added: a text is needed.", "zh": "未添加：请填写文本。"},
    "missing": {
        "en": "Nothing was proposed: {fields} is missing.",
        "zh": "未提出：缺少{fields}。",
    },
    "is proposed": {
        "en": "is proposed, and corrects nothing until it is accepted.",
        "zh": "已提出，采纳之前不会更正任何回答。",
    },
    "is in force": {"en": "is in force.", "zh": "已生效。"},
    "is dropped": {"en": "is dropped.", "zh": "已放弃。"},
}

labels = gr.I18n(
    en={key: words["en"] for key, words in WORDS.items()},
    zh={key: words["zh"] for key, words in WORDS.items()},
)
"""What the browser puts in the place of a key."""


def tell(key: str, language: Language, **values: object) -> str:
    """Return some words in a language."""
    return WORDS[key][language].format(**values)


def count(key: str, number: int, language: Language) -> str:
    """Return how many of something there are: `key` names one, and with an s, several."""
    return tell(key if number == 1 else f"{key}s", language, count=number)


def language_of(request: gr.Request) -> Language:
    """Return the language that a browser asks for first: Chinese, or else English."""
    return "zh" if str(request.headers.get("accept-language", "")).startswith("zh") else "en"
