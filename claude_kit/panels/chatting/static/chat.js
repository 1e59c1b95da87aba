// A conversation in a cell. What was said stands on the page as the kernel's static HTML; this is what lives below it:
// the answer that is coming, and the composer. It also puts buttons to the turns of the static HTML.
//
// The kernel tells by traits how things stand, and in messages, by their `k`:
//   patch, whole   what has come of answer `number`, see answer.js      got   how much of file `id` has arrived
//   export         a document to save, as a buffer
// The page says what it wants in messages; see `_on_...` in panel.py for what there is.

/** How long the reader may pause in writing before the price is asked for, in ms. */
const PAUSE_MS = 250;

/** How many chunks of a file may be on their way. */
const AHEAD = 2;

/** How long the kernel may take before it is said that it is busy, in ms. */
const BUSY_MS = 1500;

/**
 * @typedef {{id: string, name: string, size: number, level: string, facts: string, more: string, fit: boolean}} Chip
 * @typedef {{file: File, name: string, sent: number, got: number}} Coming
 * @typedef {{number?: number, replaces?: number, question?: string, done?: boolean, version?: number}} Exchange
 */

/** @param {Context} context */
function chatPanel({ model, el }) {
  // A widget that is displayed as such stands nowhere near its static form, and shows the conversation itself.
  const alone = el.parentElement !== null;
  const chat = alone ? make("div", "ck ck-chat", make("div", "jp-RenderedHTMLCommon", el)) : null;
  const past = alone ? make("div", "ck-past", chat) : null;
  const root = make("div", "ck-alive", chat ?? el);
  const now = make("div", "ck-now", root);
  const compose = composer(root);
  /** @type {Map<string, Coming>} */
  const uploads = new Map();
  /** @type {{number: number, replaces: number, element: HTMLElement, answer: Answer | null} | null} */
  let live = null;
  let pasted = 0;
  let drafting = 0;
  let busy = 0;
  let put = -1;
  let wishes = Date.now(); // numbered: they may overtake one another
  const unfolded = new Set();

  /** @param {Record<string, unknown>} wanted @param {ArrayBuffer[]=} buffers */
  const wish = (wanted, buffers) => model.send({ ...wanted, n: ++wishes }, undefined, buffers);

  // ---- the conversation ----------------------------------------------------------------------------------------

  /** The conversation's HTML: the kernel's, around this, or our own. @returns {HTMLElement | null} */
  function conversation() {
    return chat ?? el.closest(".ck-chat");
  }

  /** Whether the static form that holds the last answer is there. @param {Exchange} exchange */
  function isSettled(exchange) {
    const home = el.closest("[data-ck-island]");
    return alone || !home || Number(home.getAttribute("data-ck-version")) >= (exchange.version ?? 0);
  }

  function answering() {
    const exchange = /** @type {Exchange} */ (model.get("exchange"));
    return exchange.number !== undefined && !exchange.done;
  }

  /** Show the question that is being answered; take it away when the conversation holds it. */
  function showExchange() {
    const exchange = /** @type {Exchange} */ (model.get("exchange"));
    const runs = answering();
    if (runs && live?.number !== exchange.number) {
      forget();
      const element = make("div", "ck-turn", now);
      element.append(fragment(exchange.question ?? "")); // escaped by the kernel
      live = { number: exchange.number ?? 0, replaces: exchange.replaces ?? Infinity, element, answer: streamedAnswer(element, { onGap: hello }) };
    } else if (!runs && live && (exchange.number === undefined || isSettled(exchange))) {
      forget();
    } else if (!runs) {
      live?.answer?.end();
    }
    compose.run(runs);
    sent();
    decorate();
  }

  function forget() {
    live?.answer?.end();
    live?.element.remove();
    live = null;
  }

  /** Put buttons to the turns, and hide those that the coming answer takes the place of. */
  function decorate() {
    const runs = answering();
    const turns = [...(conversation()?.querySelectorAll("[data-ck-turn]") ?? [])];
    turns.forEach((each, at) => {
      const turn = /** @type {HTMLElement} */ (each);
      turn.hidden = at >= (live?.replaces ?? Infinity);
      const actions = turn.querySelector(":scope > .ck-actions") ?? actionsOf(turn, at, at === turns.length - 1);
      for (const one of actions.querySelectorAll("button")) one.disabled = runs;
    });
    const details = [...(conversation()?.querySelectorAll("[data-ck-turn] details") ?? [])];
    details.forEach((one, at) => { if (unfolded.has(at)) /** @type {HTMLDetailsElement} */ (one).open = true; });
  }

  /** @param {Element} turn @param {number} at @param {boolean} isLast @returns {Element} */
  function actionsOf(turn, at, isLast) {
    const actions = make("div", "ck-actions", turn);
    actions.dataset.lmSuppressShortcuts = "true";
    if (isLast) {
      action("Retry", "Ask this question again", actions, () => wish({ k: "retry" }));
      action("Edit", "Change this question, and ask it again (up-arrow in the empty box)", actions, edit);
    }
    action("Fork from here", "Go on from here in another conversation", actions, () => wish({ k: "fork", at: at + 1 }));
    return actions;
  }

  /** @param {string} words @param {string} title @param {Element} parent @param {() => void} act */
  function action(words, title, parent, act) {
    const one = button(words, "ck-action", parent);
    one.title = title;
    one.addEventListener("click", () => { act(); compose.words.focus({ preventScroll: true }); });
  }

  /** Remember what the reader has unfolded: the conversation is drawn anew after each answer. @param {Event} event */
  function noteUnfolded(event) {
    const all = [...(conversation()?.querySelectorAll("[data-ck-turn] details") ?? [])];
    const at = all.indexOf(/** @type {Element} */ (event.target));
    if (at < 0) return;
    if (/** @type {HTMLDetailsElement} */ (event.target).open) unfolded.add(at);
    else unfolded.delete(at);
  }

  function settled() {
    conversation()?.addEventListener("toggle", noteUnfolded, true);
    showExchange();
  }

  // ---- writing -------------------------------------------------------------------------------------------------

  function send() {
    if (answering() || compose.element.dataset.sent) return;
    if (!compose.words.value.trim() && !model.get("chips").length) return compose.words.focus();
    clearTimeout(drafting);
    compose.tell("", "");
    compose.element.dataset.sent = "yes";
    compose.words.readOnly = true;
    wish({ k: "ask", text: compose.words.value });
    busy = setTimeout(() => compose.tell("note", "The kernel is busy: this is sent when the cell that runs has ended."), BUSY_MS);
  }

  /** The kernel has heard: what was written can be changed again. */
  function sent() {
    clearTimeout(busy);
    delete compose.element.dataset.sent;
    compose.words.readOnly = false;
  }

  function edit() {
    if (!answering() && model.get("turns")) wish({ k: "edit" });
  }

  function leave() {
    if (model.get("draft").editing) wish({ k: "leave" });
  }

  function draft() {
    clearTimeout(drafting);
    drafting = setTimeout(() => wish({ k: "draft", text: compose.words.value }), PAUSE_MS);
  }

  /** JupyterLab lets no text area of a cell break the line by itself (its `beforeinput` guard, 4.6). */
  function breakLine() {
    const { words } = compose;
    // Deprecated, and the one way that can be undone.
    if (document.execCommand("insertText", false, "\n")) return;
    words.setRangeText("\n", words.selectionStart, words.selectionEnd, "end");
    draft();
  }

  /** @param {KeyboardEvent} event */
  function keyed(event) {
    if (event.isComposing || event.keyCode === 229) return; // a character is still being chosen
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.shiftKey || event.altKey) breakLine();
      else send();
    } else if (event.key === "ArrowUp" && !compose.words.value && !model.get("chips").length) {
      event.preventDefault();
      edit();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    }
  }

  // ---- files ---------------------------------------------------------------------------------------------------

  /** @param {Iterable<File>} files @param {boolean=} fromClipboard */
  function attach(files, fromClipboard) {
    for (const file of files) {
      const id = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const name = fromClipboard && file.name === "image.png" ? `pasted ${++pasted}.png` : file.name;
      wish({ k: "file", id, name, size: file.size });
      if (file.size > model.get("limits").file) continue; // the kernel says so
      uploads.set(id, { file, name, sent: 0, got: 0 });
      more(id);
    }
  }

  /** Send what may be on its way. @param {string} id */
  async function more(id) {
    const coming = uploads.get(id);
    const { chunk } = model.get("limits");
    while (coming && uploads.has(id) && (coming.sent < coming.file.size || !coming.file.size) && coming.sent - coming.got < AHEAD * chunk) {
      const at = coming.sent;
      coming.sent = Math.min(at + chunk, coming.file.size);
      try {
        const bytes = await coming.file.slice(at, coming.sent).arrayBuffer();
        wish({ k: "chunk", id, at, name: coming.name, size: coming.file.size }, [bytes]);
      } catch { // a folder, or a file that has gone
        uploads.delete(id);
        wish({ k: "remove", id });
        compose.tell("error", `${coming.file.name}: cannot be read here. Folders cannot be attached; give the files in it.`);
      }
      if (!coming.file.size) break;
    }
  }

  /** @param {{id: string, bytes: number}} told */
  function got({ id, bytes }) {
    const coming = uploads.get(id);
    if (!coming) return;
    coming.got = Math.max(coming.got, bytes);
    const all = bytes >= coming.file.size;
    if (all) uploads.delete(id);
    compose.progress(id, bytes / (coming.file.size || 1));
    if (!all) more(id);
  }

  /** @param {string} id */
  function remove(id) {
    uploads.delete(id);
    wish({ k: "remove", id });
    compose.words.focus({ preventScroll: true });
  }

  /** @param {DragEvent} event */
  const brings = (event) => event.dataTransfer?.types.includes("Files");

  /** @param {DragEvent} event */
  function dragged(event) {
    if (!brings(event)) return;
    event.preventDefault();
    event.stopPropagation();
    compose.element.classList.toggle("ck-over", event.type === "dragover" || event.type === "dragenter");
    if (event.type === "drop") attach(event.dataTransfer?.files ?? []);
  }

  /** @param {ClipboardEvent} event */
  function pastedIn(event) {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    attach(files, true);
  }

  /** @param {DataView} bytes @param {{name: string, type: string}} told */
  function save(bytes, { name, type }) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([/** @type {any} */ (bytes)], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // ---- what the kernel says ------------------------------------------------------------------------------------

  function hello() {
    wish({ k: "hello", transcript: alone });
  }

  /** @param {any} told @param {DataView[]} buffers */
  function heard(told, buffers) {
    if (told.k === "got") got(told);
    else if (told.k === "export") save(buffers[0], told);
    else if (told.number !== live?.number) return;
    else if (told.k === "patch") live?.answer?.apply(told.patch);
    else if (told.k === "whole") live?.answer?.restore(told.whole);
  }

  const shows = {
    exchange() {
      const ended = !answering() && live !== null;
      const here = root.contains(document.activeElement) || document.activeElement === document.body;
      showExchange();
      if (ended && here) compose.words.focus({ preventScroll: true });
    },
    draft() {
      const { text, put: newest, editing } = model.get("draft");
      if (newest !== put) compose.write(text, put >= 0);
      put = newest;
      compose.edits(editing);
    },
    chips: () => compose.list(model.get("chips"), new Set(uploads.keys())),
    controls: () => compose.set(model.get("controls")),
    price: () => showPrice(),
    money: () => showPrice(),
    message() {
      const { level, text } = model.get("message");
      if (text) sent();
      if (text || !compose.element.dataset.sent) compose.tell(level ?? "", text ?? "");
      showPrice(); // which does not say it again
    },
    branches: () => compose.branch(model.get("branches")),
    transcript() {
      if (!past) return;
      past.replaceChildren(fragment(model.get("transcript"))); // sanitised by the kernel
      showExchange();
    },
    turns: () => {},
  };

  function showPrice() {
    compose.price(model.get("price"), model.get("money"));
  }

  compose.form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (answering()) wish({ k: "stop" });
    else send();
  });
  compose.words.addEventListener("keydown", keyed);
  compose.words.addEventListener("input", draft);
  compose.element.addEventListener("paste", pastedIn);
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    root.addEventListener(kind, /** @type {EventListener} */ (dragged));
  }
  compose.on({
    attach,
    remove,
    fit: (id) => wish({ k: "fit", id }),
    change: (name, value) => wish({ k: "set", name, value }),
    branch: (at) => wish({ k: "branch", at }),
    download: (form) => wish({ k: "export", form }),
    leave,
  });

  model.on("msg:custom", heard);
  for (const [name, show] of Object.entries(shows)) model.on(`change:${name}`, show);
  el.addEventListener("ck-settled", settled);
  Object.values(shows).forEach((show) => show());
  if (alone) settled();
  hello();
  return () => {
    model.off("msg:custom", heard);
    for (const [name, show] of Object.entries(shows)) model.off(`change:${name}`, show);
    forget();
  };
}

export default island(chatPanel);
