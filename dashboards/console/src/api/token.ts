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

/** The token of the link, which is taken out of it; null when it carries none. */
export function tokenOfLink(): string | null {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return null;
  fragment.delete('token');
  const rest = fragment.toString();
  history.replaceState(null, '', rest === '' ? location.pathname + location.search : `#${rest}`);
  return token;
}

/** The token that this tab was last given, or null. */
export function keptToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
