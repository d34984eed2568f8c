/** How a process is told of its detour: by its environment. */
const VARIABLE = 'WEIR_BENCH_DETOUR';

export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Detour {
  readonly hub: Place;
  readonly relay: Place;
}

/** A command that runs another one, given behind it, with a detour if that is Node. The process id stays. */
export function withDetour(detour: Detour): string[] {
  const options = `${process.env.NODE_OPTIONS ?? ''} --import=${new URL('./detour.js', import.meta.url).href}`;
  return ['env', `NODE_OPTIONS=${options.trim()}`, `${VARIABLE}=${JSON.stringify(detour)}`];
}

export function detourIn(environment: NodeJS.ProcessEnv): Detour | null {
  const text = environment[VARIABLE];
  return text === undefined ? null : (JSON.parse(text) as Detour);
}
