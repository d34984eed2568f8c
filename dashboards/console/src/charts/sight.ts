/** Tells elements when they come into view, leave it or change their size: one observer of each kind for all. */
export interface Sighted {
  onSight(visible: boolean): void;
  onSize(width: number, height: number): void;
}

/** Elements this near to the view count as in it, so that they are drawn when they arrive. */
const MARGIN = '120px';

export class Sight {
  readonly #sighted = new Map<Element, Sighted>();
  readonly #sight = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) this.#sighted.get(entry.target)?.onSight(entry.isIntersecting);
    },
    { rootMargin: MARGIN },
  );
  readonly #size = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries)
      this.#sighted.get(target)?.onSize(Math.floor(contentRect.width), Math.floor(contentRect.height));
  });

  /** Until the returned function is called. */
  watch(element: Element, sighted: Sighted): () => void {
    this.#sighted.set(element, sighted);
    this.#sight.observe(element);
    this.#size.observe(element);
    return () => {
      this.#sighted.delete(element);
      this.#sight.unobserve(element);
      this.#size.unobserve(element);
    };
  }

  close(): void {
    this.#sight.disconnect();
    this.#size.disconnect();
  }
}
