/** Names matched by a pattern in which `*` stands for any run of characters. */
export type NamePattern = (name: string) => boolean;

/** Compiles a pattern; without `*` it matches one name exactly. Linear in the name: no pattern can make it slow. */
export function namePattern(pattern: string): NamePattern {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (name) => name === pattern;
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
      return false;
    let at = first.length;
    const end = name.length - last.length;
    for (const part of others) {
      const found = name.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}
