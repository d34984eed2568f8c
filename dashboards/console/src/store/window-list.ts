/** Which rows of a long list are worth having in the document. Heights in CSS pixels. */
export interface ListWindow {
  readonly first: number;
  /** Index after the last. */
  readonly end: number;
}

/** Rows kept beyond either edge, so that scrolling finds them drawn. */
const BEYOND = 6;

export function visibleRows(
  scrollTop: number,
  viewHeight: number,
  rowHeight: number,
  count: number,
): ListWindow {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - BEYOND);
  const end = Math.min(count, Math.ceil((scrollTop + viewHeight) / rowHeight) + BEYOND);
  return { first: Math.min(first, Math.max(0, count - 1)), end };
}

/** Where to scroll so that a row is in view; the present place when it already is. */
export function scrollToRow(row: number, scrollTop: number, viewHeight: number, rowHeight: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - viewHeight);
}
