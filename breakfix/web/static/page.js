// What the page adds to textual-serve's terminal: where the server is, which keys are the
// terminal's, and how a session that has ended is begun again.
"use strict";

(() => {
  const FONTS = ["16px 'Roboto Mono'", "bold 16px 'Roboto Mono'", "italic 16px 'Roboto Mono'"];
  const start = window.onload;

  // the address of this page has let us in; the cookie does from now on
  const query = new URLSearchParams(location.search);
  query.delete("token");
  history.replaceState(null, "", query.size ? `/?${query}` : "/");

  window.onload = async (event) => {
    const socket = location.protocol === "https:" ? "wss:" : "ws:";
    const terminal = document.querySelector("#terminal");
    terminal.dataset.sessionWebsocketUrl = `${socket}//${location.host}/ws`;
    // cells are measured when the terminal opens: by then the font has to be there
    await Promise.allSettled(FONTS.map((font) => document.fonts.load(font)));
    start(event);
  };

  const is = (state) => document.body.classList.contains(state);
  const open = () => is("-loaded") && !is("-closed");
  const focus = () => open() && document.querySelector(".xterm-helper-textarea").focus();

  // F1 to F12 are the terminal's, not the browser's help, search, reload and menu
  const ours = (event) => /^F\d+$/.test(event.key) && open();
  addEventListener("keydown", (event) => ours(event) && event.preventDefault(), true);
  addEventListener("focus", focus);

  // textual.js tells the server who has the focus, also when there is no server to tell
  const hide = (event) => open() || event.stopPropagation();
  for (const name of ["focus", "blur"]) document.addEventListener(name, hide, true);

  document.addEventListener("click", focus);

  // Ctrl+W belongs to the browser, and to the fingers of whoever edits a command line
  addEventListener("beforeunload", (event) => open() && event.preventDefault());

  addEventListener("DOMContentLoaded", () => {
    const again = document.querySelector("#again");
    again.addEventListener("click", () => location.reload());
    new MutationObserver(() => (is("-closed") ? again.focus() : focus()))
      .observe(document.body, { attributeFilter: ["class"] });
  });
})();
