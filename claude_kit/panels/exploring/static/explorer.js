// What would it cost if? Dials, a table and a chart. All numbers but those of the dials come from the kernel.
//
// Messages to the kernel:
//   {k: "set", from, number, state, held, width}   what was turned; `held`: a slider is being dragged
// The kernel answers by the model's `shown`, whose `to` names the message that it answers. One message is under way at
// a time; what is turned meanwhile goes with the next, so that the kernel is asked as often as it can answer.
// The dials are in dials.js, table and chart in figures.js.
// All words come from files or from the kernel, and are put in as text.

/**
 * @typedef {{name: string, label: string, unit: string, most: number}} Dial
 * @typedef {{name: string, dials: Dial[], models: string[]}} About
 * @typedef {{text: string, note: string, level: string, share: number}} Cell
 * @typedef {{key: string, weight: string, cells: Cell[]}} Row
 * @typedef {{title: string, numeric: boolean, bar: boolean, unbroken: boolean}} Column
 * @typedef {{key: string, element: string, attributes: Record<string, string | number>, text: string}} Mark
 * @typedef {{width: number, height: number, title: string, marks: Mark[]}} Chart
 * @typedef {{to: {from: string, number: number} | null, state: Record<string, any>, summary: string, words: string,
 *   columns: Column[], rows: Row[], chart: Chart, notes: string[], trouble: string}} Shown
 */

/** How long the kernel may take before it is called busy, ms. */
const BUSY_MS = 700;

/** How long the numbers stand still before they are read out, ms. */
const SPOKEN_MS = 900;

/**
 * What goes to the kernel: the newest state, one message at a time.
 * @param {Model} model @param {(busy: boolean) => void} told @param {() => number} width
 */
function dispatch(model, told, width) {
  const from = Math.random().toString(36).slice(2);
  /** @type {Record<string, any>} */
  let waiting = {};
  /** @type {Record<string, any> | null} */
  let flying = null;
  let dirty = false;
  let held = false;
  let number = 0;
  let timer = 0;

  function go() {
    if (flying || !dirty) return;
    [flying, waiting, dirty] = [waiting, {}, false];
    number += 1;
    timer = setTimeout(() => told(true), BUSY_MS);
    model.send({ k: "set", from, number, state: flying, held, width: width() });
  }
  return {
    /** @param {Record<string, any>} state */
    want(state) {
      Object.assign(waiting, state);
      dirty = true;
      go();
    },
    /** @param {boolean} now */
    hold(now) {
      if (held === now) return;
      held = now;
      if (now) return; // said with the next message
      dirty = true;
      go();
    },
    /** Note an answer; returns what the reader has set and the kernel has not heard of. @param {Shown} shown */
    answered({ to }) {
      if (to?.from === from && to.number === number) {
        clearTimeout(timer);
        flying = null;
        told(false);
        go();
      }
      return { ...flying, ...waiting };
    },
    end: () => clearTimeout(timer),
  };
}

/** @param {Context} context */
function explore({ model, el }) {
  /** @type {About} */
  const about = model.get("about");
  const root = make("div", "ck ck-explorer", el);
  const head = make("div", "ck-head", root);
  const summary = make("div", "ck-summary ck-num", head);
  const under = make("div", "ck-under", head);
  make("span", "", under).textContent = about.name;
  const busy = make("span", "ck-busy", under);
  const spoken = make("div", "ck-unseen", root);
  spoken.setAttribute("aria-live", "polite");
  const trouble = make("div", "ck-wrong", root);
  trouble.setAttribute("role", "alert");

  const controls = make("div", "ck-controls", root);
  const dials = make("div", "ck-dials", controls);
  const kernel = dispatch(model, (is) => say(busy, is ? "kernel is busy" : ""), () => drawn.clientWidth);
  const { want } = kernel;
  /** @type {Follow[]} */
  const follows = about.dials.map((one) => dial(dials, one, (value) => want({ [one.name]: value })));
  const choices = make("div", "ck-choices", controls);
  /** @type {[string | null, string][]} */
  const caches = [[null, "none"], ["5m", "5 minutes"], ["1h", "1 hour"]];
  follows.push(choice(choices, "cache", caches, (cache) => want({ cache }), "cache"));
  const batch = check(choices, "as a batch, at half the price", "ck-check", (on) => want({ batch: on }));
  follows.push((state) => { batch.checked = state.batch; });
  follows.push(models(controls, about, (named) => want({ models: named })));

  const top = make("div", "ck-charthead", root);
  const title = make("div", "", top);
  /** @type {[string, string][]} */
  const overs = [["questions", "questions"], ["documents", "documents"]];
  follows.push(choice(top, "over", overs, (over) => want({ over }), "over"));
  const drawn = make("div", "ck-chart", root);
  const draw = sheet(drawn);
  const fill = table(make("div", "ck-scroll", root));
  const folded = make("details", "ck-notes", root);
  make("summary", "", folded).textContent = "How this is counted";
  const notes = make("div", "", folded);

  let last = "";
  let speaking = 0;
  function show() {
    /** @type {Shown} */
    const shown = model.get("shown");
    const state = { ...shown.state, ...kernel.answered(shown) };
    follows.forEach((follow) => follow(state));
    say(summary, shown.summary);
    say(trouble, shown.trouble);
    say(title, shown.chart.title);
    draw(shown.chart, `${shown.chart.title} over ${shown.state.over}. ${shown.summary}`);
    fill(shown);
    shown.notes.forEach((note, at) => say(notes.children[at] ?? make("p", "", notes), note));
    while (notes.children.length > shown.notes.length) notes.lastElementChild?.remove();
    if (last && last !== shown.summary) {
      clearTimeout(speaking);
      speaking = setTimeout(() => say(spoken, shown.summary), SPOKEN_MS);
    }
    last = shown.summary;
  }

  // New HTML around a slider that is being dragged would end that.
  const grasp = (/** @type {Event} */ event) => {
    if (event.target instanceof HTMLInputElement && event.target.type === "range") kernel.hold(true);
  };
  const release = () => kernel.hold(false);
  root.addEventListener("pointerdown", grasp);
  for (const name of ["pointerup", "pointercancel", "blur"]) window.addEventListener(name, release);
  let width = 0;
  const sized = new ResizeObserver(() => {
    if (!drawn.clientWidth || Math.abs(drawn.clientWidth - width) < 2) return;
    width = drawn.clientWidth;
    want({});
  });
  sized.observe(drawn);
  model.on("change:shown", show);
  show();
  return () => {
    sized.disconnect();
    model.off("change:shown", show);
    for (const name of ["pointerup", "pointercancel", "blur"]) window.removeEventListener(name, release);
    clearTimeout(speaking);
    kernel.end();
  };
}

export default island(explore);
