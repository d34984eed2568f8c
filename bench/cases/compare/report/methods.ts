/** How each method is called and drawn, the same throughout. */
import {
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';
import type { SymbolType } from 'd3-shape';
import type { Method, Scenario } from '../scenario.js';
import type { Series } from './document.js';
import { numberText } from './words.js';

interface Look {
  readonly name: string;
  readonly symbol: SymbolType;
  readonly hollow: boolean;
  /** On a light ground, and on a dark one. Told apart by the colour-blind: Okabe and Ito, Tol. */
  readonly colours: readonly [light: string, dark: string];
}

const BLUE = ['#0072b2', '#56b4e9'] as const;
const RED = ['#c1440e', '#ff8a5c'] as const;
const ORANGE = ['#b97700', '#f0b429'] as const;

/** In the order of legends. What goes over TLS has the colour of the same without, and a hollow mark. */
export const LOOKS: Readonly<Record<Method, Look>> = {
  ws: { name: 'WebSocket', symbol: symbolCircle, hollow: false, colours: BLUE },
  wss: { name: 'WebSocket, TLS', symbol: symbolCircle, hollow: true, colours: BLUE },
  'post-new': { name: 'POST, new connection', symbol: symbolTriangle, hollow: false, colours: RED },
  'post-kept': { name: 'POST, kept alive', symbol: symbolSquare, hollow: false, colours: ORANGE },
  'posts-full': { name: 'POST, TLS, full handshake', symbol: symbolTriangle, hollow: true, colours: RED },
  'posts-resumed': { name: 'POST, TLS, resumed', symbol: symbolDiamond, hollow: true, colours: RED },
  'posts-kept': { name: 'POST, TLS, kept alive', symbol: symbolSquare, hollow: true, colours: ORANGE },
  mqtt: { name: 'MQTT, QoS 1', symbol: symbolStar, hollow: false, colours: ['#00805d', '#3ddbae'] },
  sse: { name: 'Server-sent events', symbol: symbolDiamond, hollow: false, colours: ['#2a8f87', '#6fd6cc'] },
  'long-poll': { name: 'Long polling', symbol: symbolStar, hollow: false, colours: ['#7a7a1c', '#d3d35c'] },
  poll: { name: 'Polling', symbol: symbolCross, hollow: false, colours: ['#b0508a', '#f0a0cf'] },
  'poll-new': {
    name: 'Polling, new connection',
    symbol: symbolWye,
    hollow: false,
    colours: ['#7a1f4b', '#e070a8'],
  },
};

export const METHODS = Object.keys(LOOKS) as readonly Method[];

/** `Polling every 250 ms`. */
export function methodName({ method, pollMs }: Pick<Scenario, 'method' | 'pollMs'>): string {
  const [name, ...rest] = LOOKS[method].name.split(', ');
  return [pollMs === null ? name : `${name} every ${numberText(pollMs)} ms`, ...rest].join(', ');
}

/** The series of each of some scenarios; those of one name are one. */
export function seriesOf(scenarios: readonly Scenario[]): Series[] {
  const named = new Map(scenarios.map((scenario) => [methodName(scenario), scenario]));
  const ordered = [...named].sort(
    ([, a], [, b]) => orderOf(a) - orderOf(b) || (a.pollMs ?? 0) - (b.pollMs ?? 0),
  );
  const seen = new Map<Method, number>();
  return ordered.map(([name, { method }]) => {
    const variant = seen.get(method) ?? 0;
    seen.set(method, variant + 1);
    return { name, method, variant };
  });
}

function orderOf({ method }: Scenario): number {
  return METHODS.indexOf(method);
}
