// An island: the static form of a widget stands on the page as HTML, and this puts the live widget in its place.
//
// JupyterLab loads a widget's script with its model, before and without any view of it; so the script looks for the
// HTML that is marked with the model's island itself. When the kernel replaces that HTML, the same live element moves
// into the new one, before anything is painted, and keeps its focus and its scroll offsets.
//
// A page that was loaded again has no part any more in the run of the cell, and is not told of new HTML. Where what it
// shows is older than the model says, it asks for it, and puts it into the notebook itself.

/**
 * @typedef {{get(name: string): any, set(name: string, value: unknown): void, save_changes(): void,
 *   send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void,
 *   on(name: string, callback: (...args: any[]) => void): void,
 *   off(name?: string | null, callback?: ((...args: any[]) => void) | null): void, widget_manager?: any}} Model
 * @typedef {{model: Model, el: HTMLElement}} Context
 * @typedef {(context: Context) => (void | (() => void))} Mount builds the live widget inside `el`; returns what ends it
 * @typedef {{home: Element, root: HTMLElement, end: void | (() => void)}} Living
 */

/** How long ago the focus may have been lost for the move to be the reason, in ms. */
const JUST_NOW_MS = 100;

/** How long new HTML may be on its way before it is missed, in ms. */
const SOON_MS = 600;

/** @param {Mount} mount @returns {{initialize(context: {model: Model}): () => void, render(context: Context): void | (() => void)}} */
function island(mount) {
  /** @param {{model: Model}} context */
  function initialize({ model }) {
    const mark = `[data-ck-island="${model.get("island")}"]`;
    /** @type {Living[]} */
    const living = [];

    function settle() {
      for (const home of document.querySelectorAll(mark)) {
        const here = living.find((one) => one.home === home);
        const one = here ?? living.find((other) => !other.home.isConnected) ?? begin(home);
        one.home = home;
        if (one.root.parentElement === home) continue;
        keepingPlace(one.root, () => home.replaceChildren(one.root));
        one.root.dispatchEvent(new Event("ck-settled")); // it stands in new HTML now
      }
    }

    function ask() {
      setTimeout(() => {
        const homes = [...document.querySelectorAll(mark)];
        const old = homes.some((home) => Number(home.getAttribute("data-ck-version")) < model.get("island_version"));
        if (old) model.send({ ck: "outdated" });
      }, SOON_MS);
    }

    /** @param {any} content */
    function put(content) {
      if (content?.ck === "saved") rewrite(model, content.html, content.text);
    }

    /** @param {Element} home @returns {Living} */
    function begin(home) {
      const root = element();
      const one = { home, root, end: mount({ model, el: root }) };
      living.push(one);
      return one;
    }

    const observer = new MutationObserver((changes) => {
      const marked = (/** @type {Node} */ node) =>
        node instanceof Element && (node.matches(mark) || node.querySelector(mark) !== null);
      if (!changes.some((change) => [...change.addedNodes].some(marked))) return;
      settle();
      ask();
    });
    observer.observe(document.body, { childList: true, subtree: true });
    model.on("change:island_version", ask);
    model.on("msg:custom", put);
    settle();
    ask();
    return () => {
      observer.disconnect();
      model.off("change:island_version", ask);
      model.off("msg:custom", put);
      living.forEach((one) => one.end?.());
    };
  }

  /** Where the widget itself is displayed. @param {Context} context */
  function render({ model, el }) {
    const root = element();
    el.append(root);
    return mount({ model, el: root });
  }

  return { initialize, render };
}

/** Put new HTML into the notebook that is open; `context` is not promised by every host. @param {Model} model @param {string} html @param {string} text */
function rewrite(model, html, text) {
  for (const cell of model.widget_manager?.context?.model?.cells ?? []) {
    for (let at = 0; at < (cell.outputs?.length ?? 0); at++) {
      const output = cell.outputs.get(at).toJSON();
      const before = [output.data?.["text/html"] ?? ""].flat().join("");
      if (!before.includes(`data-ck-island="${model.get("island")}"`)) continue;
      cell.outputs.set(at, { ...output, data: { ...output.data, "text/html": html, "text/plain": text } });
    }
  }
}

/** @param {string} name @param {string} css @param {Element=} parent @returns {any} */
function make(name, css, parent) {
  const element = document.createElement(name);
  element.className = css;
  parent?.append(element);
  return element;
}

/** The element that moves from home to home. MathJax leaves it alone, and keys in it are no commands of the notebook. */
function element() {
  const root = make("div", "mathjax_ignore tex2jax_ignore");
  root.dataset.lmSuppressShortcuts = "true";
  remember(root);
  return root;
}

/** @type {WeakMap<HTMLElement, {focused: HTMLElement | null, left: number, scrolled: Map<Element, [number, number]>}>} */
const places = new WeakMap();

/** Note what has the focus and what is scrolled: an element that leaves the page forgets both. @param {HTMLElement} root */
function remember(root) {
  const place = { focused: /** @type {HTMLElement | null} */ (null), left: 0, scrolled: new Map() };
  places.set(root, place);
  root.addEventListener("focusin", (event) => {
    place.focused = /** @type {HTMLElement} */ (event.target);
    place.focused.dataset.lmSuppressShortcuts = "true"; // some shortcuts are for whatever has the focus
    place.left = Infinity;
  });
  root.addEventListener("focusout", () => { place.left = performance.now(); });
  root.addEventListener("scroll", ({ target }) => {
    if (target instanceof Element) place.scrolled.set(target, [target.scrollLeft, target.scrollTop]);
  }, { capture: true, passive: true });
}

/** @param {HTMLElement} root @param {() => void} move */
function keepingPlace(root, move) {
  const place = places.get(root);
  move();
  if (!place) return;
  for (const [scroller, [left, top]] of place.scrolled) {
    if (root.contains(scroller)) scroller.scrollTo({ left, top, behavior: "instant" });
    else place.scrolled.delete(scroller);
  }
  const lost = document.activeElement === null || document.activeElement === document.body;
  if (lost && place.focused && performance.now() - place.left < JUST_NOW_MS) place.focused.focus({ preventScroll: true });
}
