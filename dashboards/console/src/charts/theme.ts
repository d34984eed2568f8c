/** Colours and type of the canvases, read from the style sheet so that light and dark are defined once. */
export interface Theme {
  readonly ink: string;
  readonly soft: string;
  readonly faint: string;
  readonly grid: string;
  readonly surface: string;
  readonly water: string;
  readonly waterHigh: string;
  readonly waterLow: string;
  readonly late: string;
  readonly states: readonly string[];
  readonly font: string;
}

let present: Theme | null = null;
const listeners = new Set<() => void>();

for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'])
  matchMedia(query).addEventListener('change', () => {
    present = null;
    for (const listener of listeners) listener();
  });

export function theme(): Theme {
  present ??= readTheme();
  return present;
}

/** Calls the listener when the reader changes between light and dark, until the returned function is called. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: read('--ink'),
    soft: read('--ink-soft'),
    faint: read('--ink-faint'),
    grid: read('--grid'),
    surface: read('--surface'),
    water: read('--water'),
    waterHigh: read('--water-high'),
    waterLow: read('--water-low'),
    late: read('--late'),
    states: [1, 2, 3, 4, 5, 6].map((index) => read(`--state-${index}`)),
    font: `10px ${read('--font')}`,
  };
}
