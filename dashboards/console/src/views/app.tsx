import { useEffect, useState } from 'preact/hooks';
import { forgetToken, keepToken, takeToken } from '../api/token.js';
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
  const [entry, setEntry] = useState<Entry>(() => ({ token: takeToken(), error: null }));
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
