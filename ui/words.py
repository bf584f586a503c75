"""The words of the page, in English and Chinese; the browser's language chooses."""

from collections.abc import Mapping
from typing import Any

import gradio as gr
from starlette.requests import HTTPConnection

from ingest.errors import ErrataError, LoadError, SicError, StoreError
from rag.errors import ChatModelError, ModelStoppedError, QuestionError
from rag.schema import Language
from ui.accounts import User
from ui.security import user_of
from ui.service import BusyError

LANGUAGE_COOKIE = "sic-language"

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
    "holds error": {"en": "*says what is known to be wrong*", "zh": "*其中有已知的错误*"},
    "undo": {"en": "Undo", "zh": "撤销"},
    "restore": {"en": "Bring back", "zh": "恢复"},
    "accept": {"en": "Accept", "zh": "采纳"},
    "reject": {"en": "Reject", "zh": "拒绝"},
    "withdraw": {"en": "Withdraw", "zh": "撤回"},
    "proposed": {"en": "Proposed.", "zh": "待采纳。"},
    "in force": {"en": "In force, of", "zh": "已生效，出自"},
    "no errata": {"en": "No errors of the documents are known.", "zh": "尚无已知错误。"},
    "empty": {"en": "Put files into {folder}.", "zh": "请把文件放入 {folder}。"},
    "not read": {"en": "Not read: {reason}", "zh": "未能读取：{reason}"},
    "passage": {"en": "1 passage", "zh": "1段"},
    "passages": {"en": "{count:,} passages", "zh": "{count}段"},
    "page count": {"en": "1 page", "zh": "1页"},
    "page counts": {"en": "{count:,} pages", "zh": "{count}页"},
    "verify": {"en": "Check the store", "zh": "校验存储"},
    "whole": {
        "en": "Every document is whole: each chunk is found and quotes its document.",
        "zh": "所有文档完好：每个段落都能检索到，且与原文一致。",
    },
    "missing chunks": {
        "en": "{count} chunks are not found: {names}",
        "zh": "{count}个段落检索不到：{names}",
    },
    "orphans": {
        "en": "{count} chunks belong to no document.",
        "zh": "{count}个段落不属于任何文档。",
    },
    "misquoted": {"en": "Do not match their text: {names}", "zh": "与原文不符：{names}"},
    "outdated": {"en": "Have changed since they were read: {names}", "zh": "读取后已改动：{names}"},
    "repair helps": {
        "en": "Stop Sic, and `python -m ingest repair` mends it.",
        "zh": "请停止 Sic，再运行 `python -m ingest repair` 修复。",
    },
    "known error": {"en": "1 known error", "zh": "1处已知错误"},
    "known errors": {"en": "{count} known errors", "zh": "{count}处已知错误"},
    "all documents": {"en": "← All documents", "zh": "← 全部文档"},
    "page": {"en": "page {page}", "zh": "第{page}页"},
    "page of": {"en": "page {page} of {count}", "zh": "第{page}页，共{count}页"},
    "page before": {"en": "Page before", "zh": "上一页"},
    "page after": {"en": "Next page", "zh": "下一页"},
    "as page": {"en": "As the page", "zh": "页面"},
    "as text": {"en": "As text", "zh": "文本"},
    "enlarge": {"en": "Enlarge the page", "zh": "放大页面"},
    "metadata": {"en": "Details", "zh": "详情"},
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
    "conversations": {"en": "History", "zh": "历史"},
    "no conversations": {"en": "No conversation is kept yet.", "zh": "尚无保存的对话。"},
    "search conversations": {"en": "Search the conversations", "zh": "搜索对话"},
    "rename": {"en": "Rename this conversation", "zh": "重命名当前对话"},
    "new title": {"en": "Its new title", "zh": "新标题"},
    "rename it": {"en": "Rename", "zh": "重命名"},
    "new chat": {"en": "New conversation", "zh": "新对话"},
    "forget": {"en": "Delete", "zh": "删除"},
    "evals": {"en": "Evals", "zh": "评测"},
    "suites": {"en": "Suites", "zh": "评测集"},
    "case": {"en": "1 case", "zh": "1个用例"},
    "cases": {"en": "{count} cases", "zh": "{count}个用例"},
    "smoke": {"en": "Only the cases tagged “smoke”", "zh": "仅运行标记为“smoke”的用例"},
    "run suites": {"en": "Run", "zh": "运行"},
    "stop run": {"en": "Stop", "zh": "停止"},
    "choose suites": {"en": "Choose a suite first.", "zh": "请先选择评测集。"},
    "run stopped": {
        "en": "Stopped. The answers so far are kept: the next run goes on from there.",
        "zh": "已停止。已有的回答会保留，下次从此处继续。",
    },
    "no smoke case": {
        "en": "No case there is tagged “smoke”, so none was run.",
        "zh": "其中没有标记为“smoke”的用例，因此未运行。",
    },
    "cases passed": {
        "en": "{passed} of {total} cases pass.",
        "zh": "{total}个用例中{passed}个通过。",
    },
    "against last": {
        "en": "Since the last run {worse} newly fail and {better} newly pass.",
        "zh": "与上次相比，新失败{worse}个，新通过{better}个。",
    },
    "open report": {"en": "Open the report", "zh": "打开报告"},
    "compare": {"en": "Compare with the last", "zh": "与上次对比"},
    "reports": {"en": "Reports", "zh": "报告"},
    "no reports": {"en": "No run yet.", "zh": "尚未运行。"},
    "feedback": {"en": "Make a case of an answer", "zh": "把回答变成用例"},
    "feedback how": {
        "en": "Press 👍 or 👎 under an answer, and it is the one meant here. The case joins the "
        "suite `feedback` of this corpus.",
        "zh": "点击回答下方的👍或👎即选定该回答。用例会加入本语料库的 `feedback` 评测集。",
    },
    "about": {"en": "**{question}**", "zh": "**{question}**"},
    "is right": {"en": "This answer is right", "zh": "回答正确"},
    "is wrong": {"en": "This answer is wrong", "zh": "回答错误"},
    "because": {"en": "Because", "zh": "原因"},
    "should say": {
        "en": "A right answer has these words, a line each (alternatives divided by |)",
        "zh": "正确回答应包含的文字，每行一条（可替换的用 | 分隔）",
    },
    "should abstain": {
        "en": "It should say that the documents do not answer this",
        "zh": "应说明文档没有回答这个问题",
    },
    "keep case": {"en": "Keep as a case", "zh": "保存为用例"},
    "ask first": {
        "en": "Nothing was kept: press 👍 or 👎 under an answer first.",
        "zh": "未保存：请先点击某个回答下方的👍或👎。",
    },
    "is a case": {"en": "is a case now, in {file}.", "zh": "已成为用例，见{file}。"},
    "not allowed": {
        "en": "Nothing was done: your role does not allow it.",
        "zh": "未执行：您的角色没有此权限。",
    },
    "settings": {"en": "About", "zh": "关于"},
    "you": {"en": "You", "zh": "用户"},
    "log out": {"en": "Log out", "zh": "退出登录"},
    "chat model": {"en": "Chat model", "zh": "对话模型"},
    "embedding model": {"en": "Embedding model", "zh": "嵌入模型"},
    "reranker": {"en": "Reranker", "zh": "重排模型"},
    "none": {"en": "none", "zh": "无"},
    "depth": {"en": "Passages read", "zh": "阅读段数"},
    "where": {"en": "What runs where", "zh": "运行位置"},
    "all here": {
        "en": "Everything runs on this machine; nothing leaves it.",
        "zh": "一切都在本机运行，任何内容都不会离开本机。",
    },
    "to elsewhere": {
        "en": "Questions and the passages found go to {model}.",
        "zh": "问题和检索到的段落会发送给{model}。",
    },
    "vectors elsewhere": {
        "en": "The passages and their vectors are held by {url}.",
        "zh": "段落及其向量保存在{url}。",
    },
    "language": {"en": "Language", "zh": "语言"},
    "theme": {"en": "Theme", "zh": "主题"},
    "light": {"en": "Light", "zh": "浅色"},
    "dark": {"en": "Dark", "zh": "深色"},
    "by system": {"en": "As the system", "zh": "跟随系统"},
    "previous": {"en": "Previous citation", "zh": "上一处引用"},
    "next": {"en": "Next citation", "zh": "下一处引用"},
    "ask about": {
        "en": "What do the documents say about {name}?",
        "zh": "文档中关于{name}是怎么说的？",
    },
    "login": {"en": "Log in", "zh": "登录"},
    "name": {"en": "Name", "zh": "用户名"},
    "password": {"en": "Password", "zh": "密码"},
    "no such login": {
        "en": "There is no such name with this password.",
        "zh": "用户名或密码不正确。",
    },
    "login must wait": {
        "en": "There were too many failed logins. Wait {seconds} s.",
        "zh": "登录失败次数过多，请等待{seconds}秒。",
    },
    "missing": {
        "en": "Nothing was proposed yet. Still to be filled in: {fields}.",
        "zh": "尚未提出，还需填写：{fields}。",
    },
    "is proposed": {
        "en": "is proposed, and corrects nothing until it is accepted.",
        "zh": "已提出，采纳之前不会更正任何回答。",
    },
    "is in force": {"en": "is in force.", "zh": "已生效。"},
    "is rejected": {"en": "is rejected.", "zh": "已拒绝。"},
    "is withdrawn": {
        "en": "is withdrawn, and among the proposed ones again.",
        "zh": "已撤回，重新列为待采纳。",
    },
}

ERRORS: Mapping[type[SicError], str] = {
    BusyError: "现在问的人太多，或者问得太快，请稍后再问。",
    QuestionError: "这个问题无法提问。",
    ModelStoppedError: "语言模型的进程中断了，请再问一次。",
    ChatModelError: "语言模型无法使用。",
    LoadError: "文件无法读取。",
    ErrataError: "更正无法采用。",
    StoreError: "存储无法使用。",
}
"""The kinds of errors in Chinese, the narrower before the wider."""

QUIET: Mapping[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_limit": None,
}
"""How events are heard that take a moment."""

TRANSLATIONS = gr.I18n(
    en={f"sic {key}": words["en"] for key, words in WORDS.items()} | {"common.complete": "Done"},
    zh={f"sic {key}": words["zh"] for key, words in WORDS.items()} | {"common.complete": "完成"},
)
"""What the browser puts in the place of a key, wherever one stands alone: so no word is one."""


def labels(key: str) -> Any:
    """Return what the browser shows as some words in its language."""
    return TRANSLATIONS(f"sic {key}")


def tell(key: str, language: Language, **values: object) -> str:
    """Return some words in a language."""
    return WORDS[key][language].format(**values)


def tell_error(error: SicError, language: Language) -> str:
    """Return what went wrong: in Chinese its kind, and then the English details."""
    if language == "en":
        return str(error)
    kind = next((told for known, told in ERRORS.items() if isinstance(error, known)), "未能完成。")
    return f"{kind}（{error}）"


def count(key: str, number: int, language: Language) -> str:
    """Return how many of something there are: `key` names one, and with an s, several."""
    return tell(key if number == 1 else f"{key}s", language, count=number)


def visitor_of(request: gr.Request) -> tuple[User, Language]:
    """Return who sends a request of the page, and in which language it is answered."""
    assert request.request is not None
    return user_of(request.request), language_of(request.request)


def language_of(request: HTTPConnection) -> Language:
    """Return the language that a reader chose, or else their browser: Chinese, or English."""
    chosen = str(request.cookies.get(LANGUAGE_COOKIE, ""))
    asked = chosen or str(request.headers.get("accept-language", ""))
    return "zh" if asked.startswith("zh") else "en"
