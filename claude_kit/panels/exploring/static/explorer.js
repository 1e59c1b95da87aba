// What would it cost if? Dials, a table and a chart. All numbers but those of the dials come from the kernel.
//
// Messages to the kernel:
//   {k: "set", from, number, state, held, width}   what was turned; `held`: a slider is being dragged
// The kernel answers by the model's `shown`, whose `to` names the message that it answers. One message is under way at
// a time; what is turned meanwhile goes with the next, so that the kernel is asked as often as it can answer.
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
 * @typedef {(state: Record<string, any>) => void} Follow shows what the kernel says is set
 */

/** Positions of a slider. */
const POSITIONS = 1000;

/** How long the kernel may take before it is called busy, ms. */
const BUSY_MS = 700;

/** How long the numbers stand still before they are read out, ms. */
const SPOKEN_MS = 900;

const EXACT = new Intl.NumberFormat("en-US");

/** @param {number} value @returns {number} what one step is at that value: two digits are enough */
function step(value) {
  return 10 ** Math.max(0, Math.floor(Math.log10(Math.max(value, 1))) - 1);
}

/** @param {number} value @param {number} most */
function position(value, most) {
  return Math.round((POSITIONS * Math.log(Math.min(Math.max(value, 1), most))) / Math.log(most));
}

/** @param {number} at @param {number} most */
function valueAt(at, most) {
  const exact = most ** (at / POSITIONS);
  return Math.round(exact / step(exact)) * step(exact);
}

/** @param {Element} element @param {string} words */
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** @param {Element} element @param {string} name @param {string} value */
function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * A slider with a field for the number itself.
 * @param {Element} parent @param {Dial} about @param {(value: number) => void} turned @returns {Follow}
 */
function dial(parent, about, turned) {
  const box = make("div", "ck-dial", parent);
  const label = make("label", "", box);
  label.textContent = about.label;
  const slider = make("input", "ck-slider", box);
  Object.assign(slider, { type: "range", min: "0", max: String(POSITIONS), step: "1" });
  slider.setAttribute("aria-label", about.label);
  const field = make("input", "ck-field ck-num", box);
  Object.assign(field, { type: "number", min: "1", step: "1", inputMode: "numeric" });
  field.id = label.htmlFor = `ck-${about.name}-${Math.random().toString(36).slice(2)}`;
  let now = 1;

  /** @param {number} value */
  function show(value) {
    now = value;
    if (Number(field.value) !== value) field.value = String(value);
    if (valueAt(Number(slider.value), about.most) !== value) slider.value = String(position(value, about.most));
    slider.setAttribute("aria-valuetext", `${EXACT.format(value)} ${about.unit}${value === 1 ? "" : "s"}`);
    slider.style.setProperty("--ck-at", `${Number(slider.value) / (POSITIONS / 100)}%`);
  }
  /** @param {number} value */
  function set(value) {
    if (value === now) return;
    show(value);
    turned(value);
  }

  slider.addEventListener("input", () => set(valueAt(Number(slider.value), about.most)));
  slider.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    /** @type {Record<string, number>} */
    const next = {
      ArrowRight: now + step(now), ArrowUp: now + step(now), PageUp: now * 2,
      ArrowLeft: now - step(now - 1), ArrowDown: now - step(now - 1), PageDown: Math.round(now / 2),
    };
    if (!(event.key in next) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    set(Math.min(Math.max(next[event.key], 1), Math.max(about.most, now)));
  });
  field.addEventListener("input", () => {
    const value = Number(field.value);
    const right = Number.isInteger(value) && value >= 1 && value <= 1e9;
    field.setAttribute("aria-invalid", String(!right));
    if (right) set(value);
  });
  field.addEventListener("blur", () => {
    field.setAttribute("aria-invalid", "false");
    field.value = String(now);
  });
  return (state) => {
    const writing = document.activeElement === field && field.getAttribute("aria-invalid") === "true";
    if (!writing) show(state[about.name]);
  };
}

/**
 * A choice of one: radio buttons side by side.
 * @param {Element} parent @param {string} legend @param {[value: string | null, words: string][]} choices
 * @param {(value: string | null) => void} chosen @param {string} name @returns {Follow}
 */
function choice(parent, legend, choices, chosen, name) {
  const box = make("fieldset", "ck-choice", parent);
  make("legend", "", box).textContent = legend;
  const group = `ck-${name}-${Math.random().toString(36).slice(2)}`;
  const buttons = choices.map(([value, words]) => {
    const label = make("label", "", box);
    const input = make("input", "", label);
    Object.assign(input, { type: "radio", name: group });
    make("span", "", label).textContent = words;
    input.addEventListener("change", () => chosen(value));
    return { value, input };
  });
  return (state) => buttons.forEach(({ value, input }) => { input.checked = state[name] === value; });
}

/** @param {Element} parent @param {string} words @param {string} css @param {(on: boolean) => void} turned */
function check(parent, words, css, turned) {
  const label = make("label", css, parent);
  const input = make("input", "", label);
  input.type = "checkbox";
  make("span", "", label).textContent = words;
  input.addEventListener("change", () => turned(input.checked));
  return input;
}

/** @param {Element} parent @param {About} about @param {(models: string[]) => void} chosen @returns {Follow} */
function models(parent, about, chosen) {
  const box = make("fieldset", "ck-models", parent);
  make("legend", "", box).textContent = "models";
  /** @type {Map<string, HTMLInputElement>} */
  const inputs = new Map();
  /** @param {string} name */
  function add(name) {
    inputs.set(name, check(box, name.replace(/^claude-/, "").replace(/-\d{8}$/, ""), "ck-chip", () => {
      const all = [...inputs].filter(([, input]) => input.checked).map(([one]) => one);
      if (all.length) chosen(all);
      else /** @type {HTMLInputElement} */ (inputs.get(name)).checked = true; // one is left, so that there is a table
    }));
  }
  about.models.forEach(add);
  return (state) => {
    for (const name of state.models) if (!inputs.has(name)) add(name);
    for (const [name, input] of inputs) input.checked = state.models.includes(name);
  };
}

/** @param {Column} column @param {Column[]} columns */
function css(column, columns) {
  const lesser = columns.indexOf(column) > 0 && columns.indexOf(column) < columns.findIndex(({ bar }) => bar);
  return `${column.numeric ? "ck-right" : ""}${lesser ? " ck-lesser" : ""}`; // gives way where it is narrow
}

/** A table whose cells are changed, and never made anew while their row is there. @param {Element} parent */
function table(parent) {
  const root = make("table", "ck-table", parent);
  const caption = make("caption", "ck-unseen", root);
  const head = make("tr", "", make("thead", "", root));
  const body = make("tbody", "", root);
  /** @type {Map<string, HTMLTableRowElement>} */
  const known = new Map();
  let laid = "";

  /** @param {Column[]} columns */
  function lay(columns) {
    const layout = columns.map((column) => `${column.numeric} ${column.bar}`).join();
    if (layout !== laid) {
      head.replaceChildren();
      body.replaceChildren();
      known.clear();
      for (const column of columns) {
        make("th", css(column, columns), head).scope = "col";
        if (column.bar) make("td", "ck-barcell", head);
      }
      laid = layout;
    }
    columns.forEach((column, at) => say(head.querySelectorAll("th")[at], column.title));
  }
  /** @param {Column[]} columns @returns {HTMLTableRowElement} */
  function made(columns) {
    const row = make("tr", "");
    columns.forEach((column, at) => {
      const cell = make(at ? "td" : "th", css(column, columns), row);
      if (!at) cell.scope = "row";
      make("span", "", cell);
      make("span", "ck-dim", cell);
      if (column.bar) make("div", "ck-bar", make("td", "ck-barcell", row));
    });
    return row;
  }
  /** @param {Shown} shown */
  return ({ columns, rows, words }) => {
    say(caption, `What each model asks. ${words}`);
    lay(columns);
    rows.forEach((one, at) => {
      const row = known.get(one.key) ?? made(columns);
      known.set(one.key, row);
      if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null);
      put(row, "class", `ck-${one.weight}`);
      const cells = [...row.children].filter((cell) => !cell.classList.contains("ck-barcell"));
      one.cells.forEach((cell, column) => {
        const [text, note] = cells[column].children;
        say(text, cell.text);
        say(note, cell.note ? ` ${cell.note}` : "");
        if (!columns[column].bar) return;
        const bar = /** @type {HTMLElement} */ (cells[column].nextElementSibling?.firstElementChild);
        bar.style.width = `${100 * cell.share}%`;
      });
    });
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, row] of known) {
      if (keys.has(key)) continue;
      row.remove();
      known.delete(key);
    }
  };
}

/** A chart whose pieces are changed, each known by its key. @param {Element} parent */
function sheet(parent) {
  const NS = "http://www.w3.org/2000/svg";
  const root = document.createElementNS(NS, "svg");
  root.setAttribute("role", "img");
  parent.append(root);
  /** @type {Map<string, Element>} */
  const known = new Map();
  /** @param {Chart} chart @param {string} label */
  return ({ width, height, marks }, label) => {
    put(root, "viewBox", `0 0 ${width} ${height}`);
    put(root, "aria-label", label);
    root.style.maxWidth = `${width}px`;
    marks.forEach((mark, at) => {
      const piece = known.get(mark.key) ?? document.createElementNS(NS, mark.element);
      known.set(mark.key, piece);
      for (const [name, value] of Object.entries(mark.attributes)) put(piece, name, String(value));
      say(piece, mark.text);
      if (root.children[at] !== piece) root.insertBefore(piece, root.children[at] ?? null);
    });
    const keys = new Set(marks.map((mark) => mark.key));
    for (const [key, piece] of known) {
      if (keys.has(key)) continue;
      piece.remove();
      known.delete(key);
    }
  };
}

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
