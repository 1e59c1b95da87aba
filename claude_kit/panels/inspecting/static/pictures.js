// Pictures of pages: which are about to be seen, and which are kept.

/** Scrolling past a page is not yet a wish to see it, ms. */
const LINGERING_MS = 70;

/** Pictures kept, some 5 KB each; those that are out of sight go first. */
const MOST_PICTURES = 240;

/** Pictures by page, within a budget. @param {(page: number) => boolean} inSight @param {(page: number, url: string | null) => void} put */
function gallery(inSight, put) {
  /** @type {Map<number, string>} */
  const urls = new Map();

  /** @param {number} page */
  function release(page) {
    URL.revokeObjectURL(urls.get(page) ?? "");
    urls.delete(page);
    put(page, null);
  }
  return {
    /** @param {number} page */
    has: (page) => urls.has(page),
    /** @param {number} page @param {BlobPart} data */
    add(page, data) {
      if (urls.has(page)) return;
      urls.set(page, URL.createObjectURL(new Blob([data], { type: "image/jpeg" })));
      put(page, urls.get(page) ?? null);
      if (urls.size <= MOST_PICTURES) return;
      const hidden = [...urls.keys()].find((other) => !inSight(other));
      if (hidden !== undefined) release(hidden);
    },
    end() { urls.forEach((url) => URL.revokeObjectURL(url)); },
  };
}

/** The pages that are about to be seen; `ask` is told them when they have been for a while. @param {Grid} grid @param {(pages: number[]) => void} ask */
function sights(grid, ask) {
  /** @type {Set<number>} */
  const seen = new Set();
  let asking = 0;
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const page = Number(/** @type {HTMLElement} */ (target).dataset.page);
      if (isIntersecting) seen.add(page);
      else seen.delete(page);
    }
    clearTimeout(asking);
    asking = setTimeout(() => ask([...seen].sort((a, b) => a - b)), LINGERING_MS);
  }, { root: grid.root, rootMargin: "160px 0px" });
  grid.cells.forEach((one) => observer.observe(one.root));
  return {
    /** @param {number} page */
    has: (page) => seen.has(page),
    end() {
      observer.disconnect();
      clearTimeout(asking);
    },
  };
}
