// One page large, in the place of the grid.

/**
 * @typedef {{turn: (by: number) => void, next: (by: number) => void, close: () => void, toggle: () => void}} Turns
 * @typedef {{selected: boolean, facts: string, findings: Finding[], first: boolean, last: boolean, others: boolean}} Known
 *   `first`, `last`: of those that are shown; `others`: there are pages with findings
 */

/** @param {Element} parent @param {Turns} on */
function viewer(parent, on) {
  const root = make("section", "ck-viewer", parent);
  root.hidden = true;
  const bar = make("div", "ck-tools", root);
  const back = button("Back to the pages", "ck-button", bar);
  const before = button("‹", "ck-button", bar);
  const after = button("›", "ck-button", bar);
  before.setAttribute("aria-label", "page before");
  after.setAttribute("aria-label", "page after");
  const name = make("b", "ck-num", bar);
  name.setAttribute("aria-live", "polite");
  const choose = make("label", "ck-choose", bar);
  const check = make("input", "", choose);
  check.type = "checkbox";
  choose.append(" selected");
  const next = button("Next finding", "ck-button", bar);
  next.title = "N; the one before: Shift+N";
  const facts = make("div", "ck-facts", root);
  const found = make("div", "ck-found", root);
  const picture = make("div", "ck-large", root);
  const details = make("details", "ck-text", root);
  make("summary", "", details);
  const text = make("pre", "", details);
  let url = "";
  let shown = 0;

  back.addEventListener("click", on.close);
  before.addEventListener("click", () => on.turn(-1));
  after.addEventListener("click", () => on.turn(1));
  check.addEventListener("change", on.toggle);
  next.addEventListener("click", (/** @type {MouseEvent} */ event) => on.next(event.shiftKey ? -1 : 1));
  root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const turns = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") on.close();
    else if (event.key.toLowerCase() === "n") on.next(event.shiftKey ? -1 : 1);
    else if (event.key in turns) on.turn(turns[/** @type {"ArrowLeft"} */ (event.key)]);
    else return;
    event.preventDefault();
  });

  function empty() {
    URL.revokeObjectURL(url);
    url = "";
    picture.replaceChildren();
    text.textContent = "";
  }
  return {
    page: () => shown,
    /** @param {number} page */
    open(page) {
      empty();
      shown = page;
      root.hidden = false;
      root.setAttribute("aria-label", `page ${page}`);
      name.textContent = `page ${EXACT.format(page)}`;
      picture.textContent = "drawing …";
      const focused = focusHolder();
      if (!root.contains(focused) || details.contains(focused)) back.focus({ preventScroll: true });
      details.hidden = true;
      root.scrollIntoView({ block: "nearest" });
    },
    close() {
      empty();
      shown = 0;
      root.hidden = true;
    },
    /** @param {Known} known */
    tell(known) {
      check.checked = known.selected;
      facts.textContent = known.facts;
      found.replaceChildren(...known.findings.map((finding) => line(finding)));
      const ended = (known.first && before === focusHolder()) || (known.last && after === focusHolder());
      if (ended) back.focus({ preventScroll: true }); // a button that is disabled loses the focus to the page
      before.disabled = known.first;
      after.disabled = known.last;
      next.hidden = !known.others;
    },
    /** @param {{page: number, text?: string, trouble?: string}} message @param {BlobPart=} data */
    receive(message, data) {
      if (message.page !== shown) return;
      empty();
      if (!data) {
        picture.textContent = message.trouble ?? "";
        return;
      }
      url = URL.createObjectURL(new Blob([data], { type: "image/jpeg" }));
      const image = make("img", "", picture);
      image.alt = `page ${shown}`;
      image.src = url;
      const words = message.text ?? "";
      details.hidden = false;
      details.firstElementChild.textContent = words.trim()
        ? `Its text, as it is billed: ${plural([...words].length, "character")}` : "It has no text";
      text.textContent = words;
    },
    end: empty,
  };
}
