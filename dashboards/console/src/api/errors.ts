/**
 * Why a call of the hub's API failed: `unauthorised` (the token is refused), `unreachable` (no answer), `refused` (an
 * answer that says no), `bad_answer` (an answer that cannot be read).
 */
export type HubErrorCode = 'unauthorised' | 'unreachable' | 'refused' | 'bad_answer';

export class HubError extends Error {
  readonly code: HubErrorCode;

  constructor(code: HubErrorCode, message: string) {
    super(message);
    this.name = 'HubError';
    this.code = code;
  }
}
