// Runs when the pane of documents is drawn: `element` is the pane, `trigger` calls the server.
// A citation is a link to a fragment; a click on one, anywhere on the page, opens its words here.
// Links that change something are followed only in the lists of documents and of corrections.
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("a[href]");
  const fragment = link && link.getAttribute("href");
  if (!fragment || !/^#(open\?|corpus$)/.test(fragment)) {
    const changes = fragment && /^#(remove|restore|accept|reject)\?/.test(fragment);
    if (!changes || !link.closest("#sic-pane, #sic-errata")) return;
  }
  event.preventDefault();
  event.stopPropagation();
  trigger("select", { fragment });
}, true);

// The pane is drawn anew for each citation: bring the marked words into view, once its tab is shown.
const bringIntoView = (marked) => {
  const text = marked.closest(".sic-text");
  if (!marked.isConnected || !text) return;
  if (!text.clientHeight) return void requestAnimationFrame(() => bringIntoView(marked));
  text.scrollTop = marked.offsetTop - text.clientHeight / 3;
  if (window.innerWidth < 768) marked.scrollIntoView({ block: "center" });
};
new MutationObserver(() => {
  const marked = element.querySelector("mark:not([data-seen])");
  if (!marked) return;
  marked.dataset.seen = "yes";
  bringIntoView(marked);
}).observe(element, { childList: true, subtree: true });
