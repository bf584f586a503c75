// Runs when the pane of documents is drawn: `element` is the pane, `trigger` calls the server.
// A citation is a link to a fragment; a click on one, anywhere on the page, opens its words here.
// Links that change something are followed only in the lists that the server drew.
const LISTS = "#sic-pane, #sic-errata, #sic-history";
const CHANGES = /^#(remove|restore|accept|reject|withdraw|load|forget)\?/;
let marks = [];
let place = 0;
let opened = "";

const fragmentOf = (link) => link.getAttribute("href") || "";

// The working of a number is what folds next behind its mark.
const unfoldWorking = (link) => {
  const folds = [...link.closest("#sic-chat .bot-row").querySelectorAll(".thought-group")];
  const isBehind = (fold) => link.compareDocumentPosition(fold) & Node.DOCUMENT_POSITION_FOLLOWING;
  const working = folds.find(isBehind);
  if (!working) return;
  if (working.childElementCount < 2) working.firstElementChild.click();
  requestAnimationFrame(() => working.scrollIntoView({ block: "nearest" }));
};

document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("a[href]");
  const fragment = link ? fragmentOf(link) : "";
  if (fragment === "#working") {
    event.preventDefault();
    return void unfoldWorking(link);
  }
  const opens = /^#((open|read)\?|corpus$)/.test(fragment);
  if (!opens && !(CHANGES.test(fragment) && link.closest(LISTS))) return;
  event.preventDefault();
  event.stopPropagation();
  const act = link.getAttribute("aria-label");
  if (fragment.startsWith("#forget?") && !window.confirm(`${act}?`)) return;
  const answer = link.closest("#sic-chat .message");
  if (!answer && link.closest(".sic-turn")) return void trigger("select", { fragment });
  marks = answer ? [...answer.querySelectorAll('a[href^="#open?"]')].map(fragmentOf) : [];
  place = marks.indexOf(fragment);
  const marked = fragment === opened && element.querySelector("mark");
  if (marked) bringIntoView(marked); // the pane is drawn as it was, so nothing tells of it
  opened = fragment;
  trigger("select", { fragment });
}, true);

// An answer that shows is stopped by the server, so that its last message says so. Gradio's own way
// leaves the steps as if they went on; it takes an answer that waits for its turn out of the queue.
document.addEventListener("click", (event) => {
  const stops = event.target.closest && event.target.closest("#sic-question .stop-button");
  const last = [...document.querySelectorAll("#sic-chat .message-row")].pop();
  if (!stops || !last || !last.matches(".bot-row")) return;
  event.stopPropagation();
  trigger("select", { fragment: "#stop?start=0&end=0" });
}, true);

// An answer is copied as it is read, its references behind it, without what it was found in.
// Gradio's own button copies all of that first, and says that it has.
const copyAnswer = (said) => {
  const texts = [...said.querySelectorAll(".message .md")]
    .filter((part) => !part.closest(".thought-group"));
  const marks = texts.flatMap((part) => [...part.querySelectorAll('a[href^="#open?"][title]')]);
  const references = marks.map((mark) => {
    const name = new URLSearchParams(fragmentOf(mark).split("?")[1]).get("name");
    return `${mark.innerText} ${name}: “${mark.title}”`;
  });
  const told = texts.map((part) => part.innerText.trim()).join("\n\n");
  navigator.clipboard.writeText([told, ...new Set(references)].join("\n\n"));
};
document.addEventListener("click", (event) => {
  const button = event.target.closest && event.target.closest("#sic-chat button");
  const buttons = button && button.closest(".message-buttons-left");
  if (!buttons || buttons.querySelector("button") !== button || !navigator.clipboard) return;
  copyAnswer(buttons.previousElementSibling);
});

// The last question stays in view while its answer grows, until the reader moves.
const chat = document.getElementById("sic-chat");
let asked = 0;
let follows = false;
const followQuestion = () => {
  const log = chat.querySelector('[role="log"]');
  const questions = chat.querySelectorAll(".user-row");
  if (questions.length > asked) follows = true;
  asked = questions.length;
  if (!log || !asked || !follows) return;
  const question = questions[asked - 1].getBoundingClientRect();
  log.scrollTop += question.top - log.getBoundingClientRect().top - 12;
};
new MutationObserver(followQuestion).observe(chat, { childList: true, subtree: true });
for (const moved of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  chat.addEventListener(moved, () => { follows = false; }, { passive: true });
}

// The citations of the same answer, one after the other.
element.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (!step) return;
  place += Number(step.dataset.step);
  opened = marks[place];
  trigger("select", { fragment: opened });
});

// The pane is drawn anew for each citation: bring the marked words into view, once its tab is shown.
const bringIntoView = (marked) => {
  const text = marked.closest(".sic-text");
  if (!marked.isConnected || !text) return;
  if (!text.clientHeight) return void requestAnimationFrame(() => bringIntoView(marked));
  const above = marked.getBoundingClientRect().top - text.getBoundingClientRect().top;
  text.scrollTop += above - text.clientHeight / 3;
  marked.scrollIntoView({ block: window.innerWidth < 768 ? "center" : "nearest" });
};
new MutationObserver(() => {
  for (const step of element.querySelectorAll("[data-step]")) {
    step.hidden = marks[place + Number(step.dataset.step)] === undefined;
  }
  const marked = element.querySelector("mark:not([data-seen])");
  if (!marked) return;
  marked.dataset.seen = "yes";
  bringIntoView(marked);
}).observe(element, { childList: true, subtree: true });
