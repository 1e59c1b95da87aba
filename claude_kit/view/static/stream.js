// The live view of one answer. The kernel renders and sanitises markdown; this file only puts the pieces in place.
//
// Messages from the kernel, numbered by `n`:
//   t  more thinking, plain text, appended          f  HTML of finished blocks, appended
//   o  HTML of the block still open, replaced       s  what is going on: {phase, facts}
// A gap in the numbers (the page was loaded late, or a message was dropped) is healed by the next snapshot, a trait
// that holds everything up to its own number.

/**
 * @typedef {{phase: "waiting"|"thinking"|"answering"|"done", facts: string[], thought: string}} Status
 * @typedef {{n: number, t?: string, f?: string, o?: string, s?: Status}} Patch
 * @typedef {{n: number, t: string, f: string, o: string, s: Status}} Snapshot
 */

/** @param {string} name @param {string} css @param {Element=} parent @returns {any} */
function make(name, css, parent) {
  const element = document.createElement(name);
  element.className = css;
  parent?.append(element);
  return element;
}

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  const root = make("div", "ck ck-live", make("div", "jp-RenderedHTMLCommon", el)); // as the saved answer will stand
  const details = make("details", "ck-thinking", root);
  const summary = make("summary", "", details);
  make("span", "ck-pulse", summary);
  const headline = make("span", "", summary);
  const thought = make("div", "ck-thought", details);
  const thoughtText = document.createTextNode("");
  thought.append(thoughtText);
  const answer = make("div", "ck-answer", root);
  answer.setAttribute("aria-live", "polite");
  const frozen = make("div", "", answer);
  const open = make("div", "ck-open", answer);
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
  let phase = "";

  const clock = setInterval(() => {
    elapsed.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  }, 100);

  /** @param {Status} said */
  function show(said) {
    details.hidden = !thoughtText.data;
    answer.hidden = !(frozen.innerHTML || open.innerHTML);
    headline.textContent = said.thought;
    facts.replaceChildren(...said.facts.map((fact) => Object.assign(document.createElement("span"), { textContent: fact })));
    if (said.phase === phase) return;
    phase = said.phase;
    details.open = phase === "thinking"; // open while it thinks; the reader may open it again later
    root.dataset.phase = phase;
    if (phase === "done") {
      clearInterval(clock);
      stop.disabled = true;
    }
  }

  /** @param {string} text */
  function think(text) {
    const following = thought.scrollHeight - thought.scrollTop - thought.clientHeight < 24;
    thoughtText.appendData(text);
    if (following) requestAnimationFrame(() => { thought.scrollTop = thought.scrollHeight; });
  }

  /** @param {Patch} patch */
  function apply(patch) {
    if (patch.n !== last + 1) return; // a gap: the next snapshot heals it
    last = patch.n;
    if (patch.t) think(patch.t);
    if (patch.f) frozen.insertAdjacentHTML("beforeend", patch.f);
    if (patch.o !== undefined) open.innerHTML = patch.o;
    if (patch.s) show(patch.s);
  }

  function restore() {
    /** @type {Snapshot} */
    const whole = model.get("snapshot");
    if (!whole || whole.n <= last) return;
    last = whole.n;
    thoughtText.data = "";
    think(whole.t);
    frozen.innerHTML = whole.f;
    open.innerHTML = whole.o;
    show(whole.s);
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
