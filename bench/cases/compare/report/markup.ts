/** HTML and SVG by templates in which every text is escaped. */

/** What may stand in a page as it is. Made by `markup` alone. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Texts are escaped; numbers are coordinates, to a hundredth; null is nothing. */
export type Piece = Markup | string | number | null | readonly Piece[];

/** A template of well-formed XML that is HTML too. Throws on a coordinate that is no number. */
export function markup(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(strings.map((text, at) => text + textOf(pieces[at] ?? null)).join(''));
}

function textOf(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'string') return escaped(piece);
  if (typeof piece !== 'number') return piece.map(textOf).join('');
  if (!Number.isFinite(piece)) throw new RangeError(`${piece} is no place on a page`);
  return String(Math.round(piece * 100) / 100);
}

/** What XML does not allow, and what turns the direction of the text around it. */
const NOT_PRINTABLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text without characters that a page must not have. */
export function printable(text: string): string {
  return text.replace(NOT_PRINTABLE, '\ufffd');
}

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
