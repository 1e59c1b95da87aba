// What was said: the turns of the static HTML, each with buttons for what can be done from there on.
//
// All of the buttons are one stop of the Tab key, so that the box below is near however long the conversation; the
// arrow keys go from button to button and from turn to turn (https://www.w3.org/WAI/ARIA/apg/patterns/toolbar/).

/**
 * @typedef {{words: string, title: string, act: () => void}} Action
 * @typedef {{find: () => HTMLElement | null, actions: (at: number, isLast: boolean) => Action[]}} Past `find` returns
 *   the element with the turns, which may be another each time
 */

/** @param {Past} past */
function pastTurns({ find, actions }) {
  const unfolded = new Set();

  const turns = () => /** @type {HTMLElement[]} */ ([...(find()?.querySelectorAll("[data-ck-turn]") ?? [])]);
  const details = () => /** @type {HTMLDetailsElement[]} */ ([...(find()?.querySelectorAll("[data-ck-turn] details") ?? [])]);

  /** Put buttons to the turns, and hide those that a coming answer takes the place of. @param {boolean} runs @param {number} replaces */
  function decorate(runs, replaces) {
    const all = turns();
    all.forEach((turn, at) => {
      turn.hidden = at >= replaces;
      const row = turn.querySelector(":scope > .ck-actions") ?? toolbar(turn, at, at === all.length - 1);
      for (const one of row.querySelectorAll("button")) one.disabled = runs;
    });
    details().forEach((one, at) => { if (unfolded.has(at)) one.open = true; });
    if (!rows().flat().some((one) => one === focusHolder())) stopAt(Infinity, 0);
  }

  /** @param {Element} turn @param {number} at @param {boolean} isLast @returns {Element} */
  function toolbar(turn, at, isLast) {
    const row = make("div", "ck-actions", turn);
    row.setAttribute("role", "toolbar");
    row.setAttribute("aria-label", `Turn ${at + 1}`);
    row.title = "Arrow keys: the next button, and the turns above and below";
    for (const { words, title, act } of actions(at, isLast)) {
      const one = button(words, "ck-action", row);
      one.title = title;
      one.tabIndex = -1;
      one.dataset.lmSuppressShortcuts = "true"; // the notebook's arrow keys go from cell to cell
      one.addEventListener("click", act);
    }
    return row;
  }

  function undecorate() {
    for (const turn of turns()) turn.querySelector(":scope > .ck-actions")?.remove();
  }

  /** The buttons that can be seen, turn by turn. */
  function rows() {
    const shown = turns().filter((turn) => !turn.hidden);
    return shown.map((turn) => [...turn.querySelectorAll(":scope > .ck-actions > button")].map((one) => /** @type {HTMLButtonElement} */ (one)));
  }

  /** Have Tab come to one of the buttons alone. @param {number} turn @param {number} at */
  function stopAt(turn, at) {
    const all = rows();
    const row = all[Math.max(0, Math.min(turn, all.length - 1))] ?? [];
    const chosen = row[Math.max(0, Math.min(at, row.length - 1))];
    for (const one of all.flat()) one.tabIndex = one === chosen ? 0 : -1;
    return chosen;
  }

  /** @param {Event} event */
  function where({ target }) {
    const all = rows();
    const turn = all.findIndex((row) => row.some((one) => one === target));
    return { turn, at: turn < 0 ? -1 : all[turn].findIndex((one) => one === target) };
  }

  /** @param {Event} event */
  function focused(event) {
    const { turn, at } = where(event);
    if (turn >= 0) stopAt(turn, at);
  }

  /** @param {Event} event */
  function keyed(event) {
    const { turn, at } = where(event);
    /** @type {Record<string, [number, number]>} */
    const ways = {
      ArrowLeft: [turn, at - 1],
      ArrowRight: [turn, at + 1],
      ArrowUp: [turn - 1, at],
      ArrowDown: [turn + 1, at],
      Home: [0, at],
      End: [Infinity, at],
    };
    const way = ways[/** @type {KeyboardEvent} */ (event).key];
    if (turn < 0 || !way) return;
    event.preventDefault();
    event.stopPropagation();
    stopAt(...way)?.focus();
  }

  /** Remember what the reader has unfolded: the conversation is drawn anew after each answer. @param {Event} event */
  function noteUnfolded({ target }) {
    const at = details().findIndex((one) => one === target);
    if (at < 0) return;
    if (/** @type {HTMLDetailsElement} */ (target).open) unfolded.add(at);
    else unfolded.delete(at);
  }

  /** Heed what is done to the turns, which stand in new HTML. */
  function heed() {
    const element = find();
    element?.addEventListener("toggle", noteUnfolded, true);
    element?.addEventListener("focusin", focused);
    element?.addEventListener("keydown", keyed);
  }

  return { decorate, undecorate, heed };
}

/**
 * Have the TeX in an element typeset, where the page can: JupyterLab by its own typesetter, others by MathJax. What
 * they put on the page as HTML output they typeset themselves.
 * @param {Element} element @param {Model} model
 */
function typeset(element, model) {
  const own = model.widget_manager?.rendermime?.latexTypesetter;
  if (own) own.typeset(element);
  else /** @type {any} */ (window).MathJax?.typesetPromise?.([element])?.catch?.(() => {});
}
