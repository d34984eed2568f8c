/** Is a page well-formed, and what does it say? For tests. */

const TOKEN = /<!DOCTYPE html>|<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/gy;
const ENTITY = /&(?!(amp|lt|gt|quot|#39);)/;

/** The first thing that is wrong, or ''. */
export function wellFormed(page: string): string {
  const open: string[] = [];
  for (const [token, slash, name = '', attributes = '', empty, text, stray] of page.trim().matchAll(TOKEN)) {
    if (stray !== undefined) return `a stray < in ${open.join(' ')}`;
    if (ENTITY.test(text ?? attributes)) return `a stray & in ${token.slice(0, 80)}`;
    if (text !== undefined || name === '' || empty === '/') continue;
    const names = [...attributes.matchAll(/([\w:-]+)=/g)].map(([, each]) => each);
    if (new Set(names).size < names.length) return `an attribute twice in ${token}`;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return `${token} where it does not belong`;
  }
  return open.length === 0 ? '' : `open at the end: ${open.join(' ')}`;
}

/** What a reader sees, entities resolved, styles left out. */
export function textOf(page: string): string {
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return page
    .replace(/<style>[^]*?<\/style>/, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(#?\w+);/g, (_, name: string) => characters[name] ?? '');
}
