// What can be turned: dials, choices of one, models.

/** @typedef {(state: Record<string, any>) => void} Follow shows what the kernel says is set */

/** Positions of a slider. */
const POSITIONS = 1000;

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
    const writing = focusHolder() === field && field.getAttribute("aria-invalid") === "true";
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
