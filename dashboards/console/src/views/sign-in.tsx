import { useEffect, useState } from 'preact/hooks';
import { HubClient } from '../api/client.js';
import { HubError } from '../api/errors.js';
import { isToken } from '../api/token.js';
import { HubClock } from '../store/hub-clock.js';
import { LevelMark } from './marks.js';

interface SignInProps {
  /** Why the former token does not do. */
  readonly error: string | null;
  readonly onToken: (token: string) => void;
}

/** Asks for a token and tries it before it lets in. */
export function SignIn({ error, onToken }: SignInProps) {
  const [problem, setProblem] = useState(error);
  useEffect(() => setProblem(error), [error]);
  const [trying, setTrying] = useState(false);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = new FormData(event.currentTarget as HTMLFormElement).get('token');
    const token = typeof field === 'string' ? field.trim() : '';
    setTrying(true);
    tryToken(token).then(
      () => onToken(token),
      (failure: unknown) => {
        setProblem(failure instanceof Error ? failure.message : 'Something went wrong.');
        setTrying(false);
      },
    );
  };
  return (
    <main class="sign-in">
      <form onSubmit={submit} aria-labelledby="sign-in-title">
        <LevelMark />
        <h1 id="sign-in-title">Weir</h1>
        <label for="token">Access token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          autofocus
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? 'token-help' : 'token-problem token-help'}
        />
        {problem !== null && (
          <p id="token-problem" class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" disabled={trying}>
          {trying ? 'Trying…' : 'Open the console'}
        </button>
        <p id="token-help" class="help">
          <code>weir up</code> prints a link that carries the token, and <code>weir hub</code> tells where it
          keeps its own. The token stays in this tab.
        </p>
      </form>
    </main>
  );
}

async function tryToken(token: string): Promise<void> {
  if (!isToken(token))
    throw new HubError('unauthorised', 'A token is one word of letters, digits and signs.');
  await new HubClient(token, new HubClock()).stats();
}
