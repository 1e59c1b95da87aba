// A conversation in a cell. What was said stands on the page as the kernel's static HTML; this is what lives below it:
// the answer that is coming, and the composer. It also puts buttons to the turns of the static HTML.
//
// The kernel tells by traits how things stand, and in messages, by their `k`:
//   patch, whole   what has come of answer `number`, see answer.js      got   how much of file `id` has arrived
//   export         a document to save, as a buffer
// The page says what it wants in messages; see messages.py for what there is.

/** How long the reader may pause in writing before the price is asked for, in ms. */
const PAUSE_MS = 250;

/** How long the kernel may take before it is said that it is busy, in ms. */
const BUSY_MS = 1500;

/**
 * @typedef {{id: string, name: string, size: number, level: string, facts: string, more: string, fit: boolean}} Chip
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
  const uploads = fileUploads({
    limits: () => model.get("limits"),
    wish,
    progress: compose.progress,
    fail: (why) => compose.tell("error", why),
  });
  const turns = pastTurns({ find: conversation, actions });
  /** @type {{number: number, replaces: number, element: HTMLElement, answer: Answer | null} | null} */
  let live = null;
  let drafting = 0;
  let busy = 0;
  let put = -1;
  let wishes = Date.now(); // numbered: they may overtake one another
  let over = false; // the kernel that knew of it is no more

  /** @param {Record<string, unknown>} wanted @param {ArrayBuffer[]=} buffers */
  function wish(wanted, buffers) {
    if (!over) model.send({ ...wanted, n: ++wishes }, undefined, buffers);
  }

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

  /** The kernel is no more: what was written stays, to be copied, and what had come of an answer. @param {Event} event */
  function die(event) {
    event.preventDefault();
    over = true;
    uploads.end();
    turns.undecorate();
    live?.answer?.lose();
    clearTimeout(busy);
    clearTimeout(drafting);
    const kept = compose.words.value ? " What you wrote can still be copied." : "";
    compose.close(`The kernel was restarted, or the panel closed: run the cell again.${kept}`);
  }

  function forget() {
    live?.answer?.end();
    live?.element.remove();
    live = null;
  }

  function decorate() {
    turns.decorate(answering(), live?.replaces ?? Infinity);
  }

  /** What can be done from a turn on. @param {number} at @param {boolean} isLast @returns {Action[]} */
  function actions(at, isLast) {
    const fork = { words: "Fork from here", title: "Go on from here in another conversation", act: thenWrite(() => wish({ k: "fork", at: at + 1 })) };
    if (!isLast) return [fork];
    return [
      { words: "Retry", title: "Ask this question again", act: thenWrite(() => wish({ k: "retry" })) },
      { words: "Edit", title: "Change this question, and ask it again (up-arrow in the empty box)", act: thenWrite(edit) },
      fork,
    ];
  }

  /** @param {() => void} act */
  function thenWrite(act) {
    return () => { act(); compose.words.focus({ preventScroll: true }); };
  }

  function settled() {
    if (over) return;
    turns.heed();
    showExchange();
  }

  function stop() {
    wish({ k: "stop", number: live?.number });
    stopBeside(model);
  }

  // ---- writing -------------------------------------------------------------------------------------------------

  function send() {
    if (over || answering() || compose.element.dataset.sent) return;
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
    if (answering() || !model.get("turns")) return;
    clearTimeout(drafting);
    wish({ k: "edit", text: compose.words.value }); // what is written comes back afterwards
  }

  function leave() {
    if (!model.get("draft").editing) return;
    clearTimeout(drafting);
    wish({ k: "leave" });
  }

  function draft() {
    clearTimeout(drafting);
    drafting = setTimeout(() => wish({ k: "draft", text: compose.words.value }), PAUSE_MS);
  }

  /** @param {KeyboardEvent} event */
  function keyed(event) {
    if (event.isComposing || event.keyCode === 229) return; // a character is still being chosen
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && !compose.words.value && !model.get("chips").length) {
      event.preventDefault();
      edit();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    }
  }

  // ---- files ---------------------------------------------------------------------------------------------------

  /** @param {DragEvent} event */
  const brings = (event) => event.dataTransfer?.types.includes("Files");

  /** @param {DragEvent} event */
  function dragged(event) {
    if (!brings(event)) return;
    event.preventDefault();
    event.stopPropagation();
    compose.element.classList.toggle("ck-over", event.type === "dragover" || event.type === "dragenter");
    if (event.type === "drop") uploads.attach(event.dataTransfer?.files ?? []);
  }

  /** @param {ClipboardEvent} event */
  function pastedIn(event) {
    const { files, types = [] } = event.clipboardData ?? {};
    const isText = types.includes("text/plain") && types.includes("text/html"); // office programs add a picture of it
    if (!files?.length || isText) return;
    event.preventDefault();
    uploads.attach(files, true);
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
    if (told.k === "got") uploads.got(told);
    else if (told.k === "export") save(buffers[0], told);
    else if (told.number !== live?.number) return;
    else if (told.k === "patch") live?.answer?.apply(told.patch);
    else if (told.k === "whole") live?.answer?.restore(told.whole);
  }

  const shows = {
    exchange() {
      const ended = !answering() && live !== null;
      const here = compose.isFree() || now.contains(focusHolder());
      showExchange();
      if (ended && here) compose.words.focus({ preventScroll: true });
    },
    draft() {
      const { text, put: newest, editing } = model.get("draft");
      if (newest !== put) compose.write(text, put >= 0);
      put = newest;
      compose.edits(editing);
    },
    chips: () => compose.list(model.get("chips"), uploads.coming()),
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
      typeset(past, model);
      showExchange();
    },
    turns: () => {},
  };

  function showPrice() {
    compose.price(model.get("price"), model.get("money"));
  }

  compose.form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (answering()) stop();
    else send();
  });
  compose.words.addEventListener("keydown", keyed);
  compose.words.addEventListener("input", draft);
  compose.element.addEventListener("paste", pastedIn);
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    root.addEventListener(kind, /** @type {EventListener} */ (dragged));
  }
  compose.on({
    attach: uploads.attach,
    remove: (id) => { uploads.remove(id); compose.words.focus({ preventScroll: true }); },
    fit: (id) => { wish({ k: "fit", id }); compose.words.focus({ preventScroll: true }); },
    change: (name, value) => wish({ k: "set", name, value }),
    branch: (at) => { wish({ k: "branch", at }); compose.words.focus({ preventScroll: true }); },
    download: (form) => wish({ k: "export", form }),
    leave,
  });

  model.on("msg:custom", heard);
  for (const [name, show] of Object.entries(shows)) model.on(`change:${name}`, show);
  el.addEventListener("ck-settled", settled);
  el.addEventListener("ck-dead", die);
  Object.values(shows).forEach((show) => show());
  if (alone) settled();
  hello();
  return () => {
    model.off("msg:custom", heard);
    for (const [name, show] of Object.entries(shows)) model.off(`change:${name}`, show);
    el.removeEventListener("ck-settled", settled);
    el.removeEventListener("ck-dead", die);
    if (!over) forget();
  };
}

export default island(chatPanel);
