// An island: the static form of a widget stands on the page as HTML, and this puts the live widget in its place.
//
// JupyterLab loads a widget's script with its model, before and without any view of it; so the script looks for the
// HTML that is marked with the model's island itself. When the kernel replaces that HTML, the same live element moves
// into the new one, before anything is painted, and keeps its focus and its scroll offsets.
//
// A page that was loaded again has no part any more in the run of the cell, and is not told of new HTML. Where what it
// shows is older than the model says, it asks for it, and puts it into the notebook itself.
//
// When the kernel is gone, or the kernel has closed the widget, nothing that is turned would be heard: the static form
// stands there again. Before that the live element is told by an event `ck-dead`; whoever calls its `preventDefault`
// sees to it that nothing acts any more, and stays.

/**
 * @typedef {{get(name: string): any, set(name: string, value: unknown): void, save_changes(): void,
 *   send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void,
 *   on(name: string, callback: (...args: any[]) => void): void,
 *   off(name?: string | null, callback?: ((...args: any[]) => void) | null): void, widget_manager?: any}} Model
 * @typedef {{model: Model, el: HTMLElement}} Context
 * @typedef {(context: Context) => (void | (() => void))} Mount builds the live widget inside `el`; returns what ends it
 * @typedef {{home: Element, root: HTMLElement, form: ChildNode[], end: void | (() => void)}} Living `form`: what stood in its home
 * @typedef {{"text/html": string, "text/plain": string}} Bundle
 */

/** What a kernel's status says when it is gone with all it knew. */
const GONE = ["restarting", "autorestarting", "terminating", "dead"];

/** What a widget is displayed as. */
const WIDGET = "application/vnd.jupyter.widget-view+json";

/** What JupyterLab does not let fields of a cell do (its guards of `beforeinput`, 4.6). */
const OWN = ["insertLineBreak", "historyUndo", "historyRedo"];

/** How long ago the focus may have been lost for the move to be the reason, in ms. */
const JUST_NOW_MS = 100;

/** How long new HTML may be on its way before it is missed, in ms. */
const SOON_MS = 600;

/**
 * @param {Mount} mount
 * @param {((model: Model) => void)=} known is called when a page gets to know the model, displayed or not
 * @returns {{initialize(context: {model: Model}): () => void, render(context: Context): () => void}}
 */
function island(mount, known) {
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
        one.form = [...home.childNodes];
        keepingPlace(one.root, () => home.replaceChildren(one.root));
        one.root.dispatchEvent(new Event("ck-settled")); // it stands in new HTML now
      }
    }

    const caught = () => { putIntoOutputs(model); };

    function ask() {
      setTimeout(() => {
        const homes = [...document.querySelectorAll(mark)];
        const old = homes.some((home) => Number(home.getAttribute("data-ck-version")) < model.get("island_version"));
        if (old) model.send({ ck: "outdated" });
      }, SOON_MS);
    }

    /** @param {any} content */
    function put(content) {
      if (content?.ck === "saved") rewrite(model, content.data);
    }

    /** @param {Element} home @returns {Living} */
    function begin(home) {
      const root = element();
      const one = { home, root, form: [], end: mount({ model, el: root }) };
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
    model.on("change:island_caught", caught);
    known?.(model);
    settle();
    ask();
    caught();
    return once((over) => {
      const unwatch = whenGone(model, over);
      return () => {
        unwatch();
        observer.disconnect();
        model.off("change:island_version", ask);
        model.off("msg:custom", put);
        model.off("change:island_caught", caught);
        for (const { home, root, form, end } of living) {
          if (isLeft(root) && root.parentElement === home) home.replaceChildren(...form);
          end?.();
          offsets.get(root)?.forget();
        }
      };
    });
  }

  /** Where the widget itself is displayed. @param {Context} context */
  function render({ model, el }) {
    const root = element();
    el.append(root);
    const end = mount({ model, el: root });
    const caught = () => { putIntoOutputs(model); };
    model.on("change:island_caught", caught);
    caught();
    return once((over) => {
      const unwatch = whenGone(model, () => { if (isLeft(root)) root.inert = true; over(); });
      return () => {
        unwatch();
        model.off("change:island_caught", caught);
        end?.();
        offsets.get(root)?.forget();
      };
    });
  }

  return { initialize, render };
}

/** Tell what lives that its kernel is gone; whether it leaves. @param {HTMLElement} root */
function isLeft(root) {
  return root.dispatchEvent(new Event("ck-dead", { cancelable: true }));
}

/**
 * Have what is over ended once, whoever says so. @param {(over: () => void) => (() => void)} begin is given what says
 * that it is over, and returns what is done then @returns {() => void}
 */
function once(begin) {
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    end();
  };
  const end = begin(over);
  return over;
}

/** Watch for the end of the kernel; not every host promises one. @param {Model} model @param {() => void} gone */
function whenGone(model, gone) {
  const kernel = model.widget_manager?.kernel;
  const changed = (/** @type {unknown} */ _, /** @type {string} */ status) => { if (GONE.includes(status)) gone(); };
  kernel?.statusChanged?.connect(changed);
  kernel?.disposed?.connect(gone);
  model.on("comm_live_update", gone);
  return () => {
    kernel?.statusChanged?.disconnect(changed);
    kernel?.disposed?.disconnect(gone);
    model.off("comm_live_update", gone);
  };
}

/** The cells of the notebook that is open; `context` is not promised by every host. @param {Model} model @returns {any[]} */
function cells(model) {
  return [...(model.widget_manager?.context?.model?.cells ?? [])];
}

/** Where the notebook holds the island: outputs of a cell, and which of them. @param {Model} model @returns {[any, number][]} */
function places(model) {
  const mark = `data-ck-island="${model.get("island")}"`;
  return cells(model).flatMap(({ outputs }) =>
    Array.from({ length: outputs?.length ?? 0 }, (_, at) => /** @type {[any, number]} */ ([outputs, at])).filter(
      ([outputs, at]) => htmlOf(outputs.get(at).toJSON()).includes(mark)));
}

/** @param {any} output @returns {string} */
function htmlOf(output) {
  return [output.data?.["text/html"] ?? ""].flat().join("");
}

/** Put new HTML in its places in the notebook; whether there are any. @param {Model} model @param {Bundle} data */
function rewrite(model, data) {
  const found = places(model);
  for (const [outputs, at] of found) {
    const output = outputs.get(at).toJSON();
    outputs.set(at, { ...output, data: { ...output.data, ...data } });
  }
  return found.length > 0;
}

/** Put new HTML where no update of the kernel's gets to: into the Output widget that has caught this. @param {Model} model */
async function putIntoOutputs(model) {
  const { outputs: ids = [], model: id, data } = model.get("island_caught");
  if (!data) return;
  const mark = `data-ck-island="${model.get("island")}"`;
  for (const one of ids) {
    const output = await model.widget_manager?.get_model?.(one);
    const area = output?.outputs; // not every host's has such
    for (let at = 0; at < (area?.length ?? 0); at++) {
      const before = area.get(at).toJSON();
      if (!htmlOf(before).includes(mark) && before.data?.[WIDGET]?.model_id !== id) continue;
      area.set(at, { output_type: "display_data", data, metadata: {} });
      output.set("outputs", area.toJSON(), { newMessage: true }); // as it does itself when it catches something
      output.save_changes();
    }
  }
  model.send({ ck: "put" });
}

/** @param {string} name @param {string} css @param {Element=} parent @returns {any} */
function make(name, css, parent) {
  const element = document.createElement(name);
  element.className = css;
  parent?.append(element);
  return element;
}

/** @param {string} words @param {string} css @param {Element} parent @returns {HTMLButtonElement} */
function button(words, css, parent) {
  const element = make("button", css, parent);
  element.type = "button";
  element.textContent = words;
  return element;
}

/** The element that moves from home to home. MathJax leaves it alone, and keys in it are no commands of the notebook. */
function element() {
  const root = make("div", "mathjax_ignore tex2jax_ignore");
  root.dataset.lmSuppressShortcuts = "true";
  remember(root);
  root.addEventListener("beforeinput", (/** @type {InputEvent} */ event) => {
    if (OWN.includes(event.inputType)) event.stopPropagation();
  }, true);
  return root;
}

/**
 * @typedef {[Node, number, Node, number]} Selected as `setBaseAndExtent` takes it
 * @typedef {{focused: HTMLElement | null, left: number, scrolled: Map<Element, [number, number]>, selected: Selected | null,
 *   forget: () => void}} Place `left`: when the focus was lost
 */

/** @type {WeakMap<HTMLElement, Place>} */
const offsets = new WeakMap();

/** Note what has the focus, is scrolled, is selected: an element that leaves the page forgets it. @param {HTMLElement} root */
function remember(root) {
  const select = () => { place.selected = selectedIn(root); };
  const forget = () => document.removeEventListener("selectionchange", select);
  /** @type {Place} */
  const place = { focused: null, left: 0, scrolled: new Map(), selected: null, forget };
  offsets.set(root, place);
  document.addEventListener("selectionchange", select);
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

/** What has the focus; of what stands in a shadow root, as in marimo, the page itself knows only where that hangs. */
function focusHolder() {
  let holder = document.activeElement;
  while (holder?.shadowRoot?.activeElement) holder = holder.shadowRoot.activeElement;
  return holder;
}

/** @param {HTMLElement} root @param {() => void} move */
function keepingPlace(root, move) {
  const place = offsets.get(root);
  move();
  if (!place) return;
  if (place.selected) document.getSelection()?.setBaseAndExtent(...place.selected);
  for (const [scroller, [left, top]] of place.scrolled) {
    if (root.contains(scroller)) scroller.scrollTo({ left, top, behavior: "instant" });
    else place.scrolled.delete(scroller);
  }
  const lost = focusHolder() === null || focusHolder() === document.body;
  if (lost && place.focused && performance.now() - place.left < JUST_NOW_MS) place.focused.focus({ preventScroll: true });
}

/** @param {HTMLElement} root @returns {Selected | null} */
function selectedIn(root) {
  const { anchorNode: from, anchorOffset: start, focusNode: to, focusOffset: end, isCollapsed } = /** @type {globalThis.Selection} */ (document.getSelection());
  return !isCollapsed && from && to && root.contains(from) && root.contains(to) ? [from, start, to, end] : null;
}
