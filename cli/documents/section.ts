/**
 * A page with `text` between `<!-- NAME:begin -->` and `<!-- NAME:end -->` in place of what is there. Throws when the page does
 * not have the two, once each and in this order.
 */
export function withSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->\n`, `<!-- ${name}:end -->`];
  const [before, rest, ...more] = page.split(begin);
  const [, after, ...others] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined || more.length + others.length > 0)
    throw new Error(`the page has no section ${begin.trim()} ${end}`);
  return before + begin + (text === '' ? '' : `\n${text}\n\n`) + end + after;
}
