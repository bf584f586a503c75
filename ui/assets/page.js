() => {
  // A citation is a link to a fragment; clicking it asks the server for the document's words.
  const open = (fragment) => {
    const field = document.querySelector("#sic-target textarea, #sic-target input");
    if (!field) return;
    const prototype = Object.getPrototypeOf(field);
    Object.getOwnPropertyDescriptor(prototype, "value").set.call(field, fragment);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    const fragment = link && link.getAttribute("href");
    if (!fragment || !/^#(open\?|corpus)/.test(fragment)) return;
    event.preventDefault();
    event.stopPropagation();
    // The same link twice must open twice: the server sees a change only if the text differs.
    open(fragment + (fragment.includes("?") ? "&" : "?") + "at=" + Date.now());
  }, true);
  // The pane is drawn anew for each citation: bring the marked words into view.
  const pane = () => document.querySelector("#sic-pane");
  new MutationObserver(() => {
    const marked = pane() && pane().querySelector("mark:not([data-seen])");
    if (!marked) return;
    marked.dataset.seen = "yes";
    const text = marked.closest(".sic-text");
    text.scrollTop = marked.offsetTop - text.offsetTop - text.clientHeight / 3;
    if (window.innerWidth < 768) marked.scrollIntoView({ block: "center", behavior: "smooth" });
  }).observe(document.body, { childList: true, subtree: true });
}
