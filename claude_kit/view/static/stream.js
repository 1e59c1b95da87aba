// The live view of one answer. The kernel renders and sanitises markdown; this file only puts the pieces in place.
//
// Messages from the kernel, numbered by `n`:
//   p  changes of pieces, each with its place `i` and its kind `k`      s  what is going on: {phase, facts}
// What a change holds, by kind:
//   thinking  t: more text, appended; h: the headline; a: whether it is going on
//   answer    f: HTML of finished blocks, appended; o: HTML of the block still open, replaced
//   html      h: one element, which replaces the one before
// A gap in the numbers (the page was loaded late, or a message was dropped) is healed by the next snapshot, a trait
// that holds everything up to its own number.

/**
 * @typedef {{phase: "waiting"|"thinking"|"answering"|"calling"|"done", facts: string[]}} Status
 * @typedef {{i: number, k: string, t?: string, f?: string, o?: string, h?: string, a?: boolean}} Change
 * @typedef {{n: number, p: Change[], s: Status}} Patch
 */

/** @param {string} name @param {string} css @param {Element=} parent @returns {any} */
function make(name, css, parent) {
  const element = document.createElement(name);
  element.className = css;
  parent?.append(element);
  return element;
}

/** Thinking: plain text, open while it comes; the reader may open it again later. */
function thinking() {
  const element = make("details", "ck-thinking");
  const summary = make("summary", "", element);
  make("span", "ck-pulse", summary);
  const headline = make("span", "", summary);
  const thought = make("div", "ck-thought", element);
  const text = document.createTextNode("");
  thought.append(text);
  let active = false;

  /** @param {Change} change */
  function apply({ t, h, a }) {
    const following = thought.scrollHeight - thought.scrollTop - thought.clientHeight < 24;
    text.appendData(t ?? "");
    headline.textContent = h ?? "";
    if (active !== a) element.open = active = a ?? false;
    element.classList.toggle("ck-active", active);
    if (following) requestAnimationFrame(() => { thought.scrollTop = thought.scrollHeight; });
  }
  return { element, apply };
}

/** Words: finished blocks stay untouched, only the open one is replaced. */
function answer() {
  const element = make("div", "ck-answer");
  element.setAttribute("aria-live", "polite");
  const frozen = make("div", "", element);
  const open = make("div", "ck-open", element);

  /** @param {Change} change */
  function apply({ f, o }) {
    if (f) frozen.insertAdjacentHTML("beforeend", f);
    open.innerHTML = o ?? "";
    element.hidden = !(frozen.innerHTML || open.innerHTML);
  }
  return { element, apply };
}

/** One element, such as a call; one that the reader has unfolded stays so. */
function html() {
  const piece = { element: make("div", ""), apply };

  /** @param {Change} change */
  function apply({ h }) {
    const template = document.createElement("template");
    template.innerHTML = h ?? "";
    const fresh = template.content.firstElementChild;
    if (!fresh) return;
    if (piece.element.hasAttribute("open")) fresh.setAttribute("open", "");
    piece.element.replaceWith(fresh);
    piece.element = fresh;
  }
  return piece;
}

const KINDS = { thinking, answer, html };

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  const root = make("div", "ck ck-live", make("div", "jp-RenderedHTMLCommon", el)); // as the saved answer will stand
  const status = make("div", "ck-status", root);
  make("span", "ck-pulse", status);
  const mark = make("span", "ck-tag ck-is-offline", status);
  const name = make("b", "", status);
  const elapsed = make("span", "", status);
  const facts = make("span", "ck-facts-line", status);
  const stop = make("button", "ck-stop", make("span", "ck-grow", status));
  stop.textContent = "Stop";
  stop.type = "button";

  const began = performance.now();
  let last = -1;
  /** @type {ReturnType<typeof html>[]} */
  let pieces = [];

  const clock = setInterval(() => {
    elapsed.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  }, 100);

  /** @param {Status} said */
  function show(said) {
    facts.replaceChildren(...said.facts.map((fact) => Object.assign(document.createElement("span"), { textContent: fact })));
    root.dataset.phase = said.phase;
    if (said.phase === "done") {
      clearInterval(clock);
      stop.disabled = true;
    }
  }

  /** @param {Change} change */
  function put(change) {
    if (!pieces[change.i]) {
      pieces[change.i] = KINDS[change.k]();
      status.before(pieces[change.i].element);
    }
    pieces[change.i].apply(change);
  }

  /** @param {Patch} patch */
  function apply(patch) {
    if (patch.n !== last + 1) return; // a gap: the next snapshot heals it
    last = patch.n;
    patch.p.forEach(put);
    show(patch.s);
  }

  function restore() {
    /** @type {Patch} */
    const whole = model.get("snapshot");
    if (!whole || whole.n <= last) return;
    pieces.forEach((piece) => piece.element.remove());
    pieces = [];
    last = whole.n - 1;
    apply(whole);
  }

  function introduce() {
    mark.textContent = model.get("mark");
    mark.hidden = !mark.textContent;
    name.textContent = model.get("answering_model");
  }

  stop.addEventListener("click", async () => {
    stop.disabled = true;
    stop.textContent = "Stopping";
    model.send({ k: "stop" });
    // While its cell runs the kernel reads no messages: only an interrupt gets through. `widget_manager` is not
    // promised by every host, hence the question marks.
    if (model.get("blocking")) await model.widget_manager?.kernel?.interrupt?.();
  });

  model.on("msg:custom", apply);
  model.on("change:snapshot", restore);
  model.on("change:mark change:answering_model", introduce);
  introduce();
  restore();
  return () => {
    clearInterval(clock);
    model.off("msg:custom", apply);
    model.off("change:snapshot", restore);
    model.off("change:mark change:answering_model", introduce);
  };
}

export default { render };
