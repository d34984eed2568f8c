/** Answers of an HTTP server, by as little as a load needs to know: where one ends, and what it said. */
const HEAD_END = '\r\n\r\n';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Bytes of all of it. */
  readonly length: number;
}

/** The whole answer at the beginning of `bytes`, or what there is of one without a length; null when some is still to come. */
export function httpAnswer(bytes: Buffer): HttpAnswer | null {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = bytes.toString('latin1', 0, end);
  const from = end + HEAD_END.length;
  const said = /^content-length: *(\d+) *$/im.exec(head)?.[1];
  const length = said === undefined ? bytes.length : from + Number(said);
  if (bytes.length < length) return null;
  return { status: Number(head.slice(9, 12)), body: bytes.toString('utf8', from, length), length };
}
