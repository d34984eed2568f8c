/**
 * The access token: it comes in the link's fragment (`#token=...`, never sent to any server), moves at once into this
 * tab's session storage and is taken out of the address bar.
 */
const KEY = 'weir.token';

/** What a token may hold to travel as a WebSocket subprotocol (RFC 9110, `token`). */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,512}$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The token of the link or of this tab, or null. */
export function takeToken(): string | null {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get('token');
  if (given === null) return sessionStorage.getItem(KEY);
  fragment.delete('token');
  const rest = fragment.toString();
  history.replaceState(null, '', rest === '' ? location.pathname + location.search : `#${rest}`);
  if (isToken(given)) keepToken(given);
  return given;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
