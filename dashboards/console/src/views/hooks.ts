import { createContext } from 'preact';
import { useContext, useEffect, useReducer } from 'preact/hooks';
import type { Session } from '../live/session.js';
import type { Observed } from '../store/observed.js';

/** The value, and a new rendering when it changes. */
export function useObserved<T>(observed: Observed<T>): T {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => observed.subscribe(() => again(undefined)), [observed]);
  return observed.value;
}

/** A new rendering every so many ms, for texts that tell an age. */
export function useTick(everyMs: number): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => again(undefined), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

export const SessionContext = createContext<Session | null>(null);

/** The present session. Only below a `SessionContext`. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new TypeError('useSession is called outside a session');
  return session;
}
