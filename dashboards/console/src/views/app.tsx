import { useEffect, useState } from 'preact/hooks';
import { forgetToken, isToken, keepToken, keptToken, tokenOfLink } from '../api/token.js';
import { Session } from '../live/session.js';
import { SessionContext } from './hooks.js';
import { Shell } from './shell.js';
import { SignIn } from './sign-in.js';

interface Entry {
  readonly token: string | null;
  readonly error: string | null;
}

/** Signed in or not. */
export function App() {
  const [entry, setEntry] = useState<Entry>(() => entryOfLink() ?? { token: keptToken(), error: null });
  const [session, setSession] = useState<Session | null>(null);
  useEffect(() => {
    if (entry.token === null) return;
    const opened = new Session(entry.token);
    opened.fleet.onUnauthorised = () => {
      forgetToken();
      setEntry({ token: null, error: 'The hub refused this token.' });
    };
    setSession(opened);
    return () => {
      opened.close();
      setSession(null);
    };
  }, [entry]);
  useEffect(() => {
    // A new link opened in this tab changes only its fragment and loads nothing.
    const look = (): void => setEntry((present) => entryOfLink() ?? present);
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, []);
  const enter = (token: string): void => {
    keepToken(token);
    setEntry({ token, error: null });
  };
  const leave = (): void => {
    forgetToken();
    setEntry({ token: null, error: null });
  };
  if (entry.token === null) return <SignIn error={entry.error} onToken={enter} />;
  if (session === null) return null;
  return (
    <SessionContext.Provider value={session}>
      <Shell onLeave={leave} />
    </SessionContext.Provider>
  );
}

function entryOfLink(): Entry | null {
  const token = tokenOfLink();
  if (token === null) return null;
  if (!isToken(token)) return { token: null, error: 'The token of this link is damaged.' };
  keepToken(token);
  return { token, error: null };
}
