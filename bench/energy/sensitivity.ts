/** How much a result rests on each figure of a model: the same again with the figure a third, and three times, as large. */

export type Sensitivity = Readonly<Record<string, readonly [third: number, triple: number]>>;

const FACTOR = 3;

/** `result` of `model` with each number in it, at any depth, changed alone. Zeros stay: there is nothing to scale. */
export function sensitivityOf<T extends object>(model: T, result: (model: T) => number): Sensitivity {
  return Object.fromEntries(
    numbersIn(model).map(({ name, path }) => [
      name,
      [result(scaled(model, path, 1 / FACTOR)), result(scaled(model, path, FACTOR))],
    ]),
  );
}

interface Place {
  /** As a person would say it: items of a list by their `name`. */
  readonly name: string;
  readonly path: readonly string[];
}

function numbersIn(value: unknown, at: Place = { name: '', path: [] }): Place[] {
  if (typeof value === 'number') return value === 0 ? [] : [at];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    const label = Array.isArray(value) ? nameOf(child, key) : key;
    const name = at.name === '' ? label : `${at.name}.${label}`;
    return numbersIn(child, { name, path: [...at.path, key] });
  });
}

function nameOf(item: unknown, otherwise: string): string {
  const named = typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined;
  return typeof named === 'string' ? named : otherwise;
}

function scaled<T extends object>(model: T, path: readonly string[], factor: number): T {
  const copy = structuredClone(model);
  let at = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  at[last] = (at[last] as number) * factor;
  return copy;
}
