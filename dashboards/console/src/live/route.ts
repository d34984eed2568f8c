/** What the page shows, kept in the link's fragment so that it can be bookmarked: `#device=NAME&window=300`. */
import { Observed } from '../store/observed.js';

/** Lengths of time that charts can show, s. */
export const WINDOWS_S = [60, 300, 900, 3_600] as const;

export type WindowS = (typeof WINDOWS_S)[number];

export interface Route {
  /** Null for the overview. */
  readonly device: string | null;
  readonly windowS: WindowS;
}

export const route = new Observed<Route>(readRoute());

/** Goes there; the former place stays in the history when the device is another one. */
export function goTo(next: Route): void {
  const fragment = new URLSearchParams();
  if (next.device !== null) fragment.set('device', next.device);
  if (next.windowS !== WINDOWS_S[0]) fragment.set('window', String(next.windowS));
  const hash = fragment.toString();
  const url = hash === '' ? location.pathname + location.search : `#${hash}`;
  if (next.device === route.value.device) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  route.set(next);
}

window.addEventListener('popstate', () => route.set(readRoute()));

function readRoute(): Route {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const windowS = Number(fragment.get('window'));
  return {
    device: fragment.get('device'),
    windowS: WINDOWS_S.find((each) => each === windowS) ?? WINDOWS_S[0],
  };
}
