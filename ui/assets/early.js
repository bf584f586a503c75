// Runs before the page is drawn: the language and theme that were chosen here, kept as cookies.
// Without a choice the browser decides. A theme changes at once; for a language the page is loaded
// again, with the conversation that is open.
(() => {
  const YEAR = 365 * 24 * 3600;
  const read = (name) => {
    const found = document.cookie.split("; ").find((one) => one.startsWith(`sic-${name}=`));
    return found ? found.split("=")[1] : "";
  };
  const language = read("language");
  document.documentElement.lang = language || (navigator.language.startsWith("zh") ? "zh" : "en");
  if (language) {
    const locale = language === "zh" ? "zh-CN" : language;
    Object.defineProperty(navigator, "language", { get: () => locale });
    Object.defineProperty(navigator, "languages", { get: () => [locale] });
  }
  const theme = read("theme");
  const shown = new URL(location.href);
  if (theme && shown.searchParams.get("__theme") !== theme) {
    shown.searchParams.set("__theme", theme);
    history.replaceState(null, "", shown);
  }
  const showTheme = (chosen) => {
    const bySystem = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    document.body.classList.toggle("dark", (chosen || bySystem) === "dark");
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-choose]");
    if (!button) return;
    const { choose, value } = button.dataset;
    document.cookie = `sic-${choose}=${value}; path=/; max-age=${value ? YEAR : 0}; samesite=strict`;
    const next = new URL(location.href);
    if (choose === "theme") {
      next.searchParams.delete("__theme");
      history.replaceState(null, "", next);
      showTheme(value);
      for (const one of button.parentElement.querySelectorAll("[data-choose=theme]")) {
        one.setAttribute("aria-pressed", String(one === button));
      }
      return;
    }
    const { conversation } = button.closest(".sic-about").dataset;
    if (conversation) next.searchParams.set("conversation", conversation);
    location.replace(next);
  });

  // Once the conversation is open again, a later reload begins a new one.
  const forgetConversation = () => {
    if (!location.search.includes("conversation=")) return;
    if (!document.querySelector("#sic-chat .user-row")) return;
    const here = new URL(location.href);
    here.searchParams.delete("conversation");
    history.replaceState(history.state, "", here);
  };

  // A title that unfolds is a button, and Gradio puts another one without a name into it.
  new MutationObserver(() => {
    forgetConversation();
    for (const arrow of document.querySelectorAll("#sic-chat .title[role=button] button:enabled")) {
      arrow.disabled = true;
      arrow.setAttribute("aria-hidden", "true");
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
