import { WeirError } from '@weir/runtime';
import type { StoreAnswer, StoreAnswers, StoreRequest } from './store-requests.js';
import type { ToWorker } from './worker-messages.js';

interface Pending {
  readonly resolve: (answer: StoreAnswer) => void;
  readonly reject: (error: WeirError) => void;
}

/** Requests to a worker and their answers, by number. A cancelled one rejects at once and the worker is told. */
export class Questions {
  readonly #post: (message: ToWorker) => void;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(post: (message: ToWorker) => void) {
    this.#post = post;
  }

  /** Posts the request. Throws `history.cancelled` on the signal, or what the worker answers. */
  async ask<K extends StoreRequest['kind']>(
    request: Extract<StoreRequest, { kind: K }>,
    signal?: AbortSignal,
  ): Promise<StoreAnswers[K]> {
    if (signal?.aborted === true) throw cancelled();
    const id = ++this.#lastId;
    const onAbort = (): void => {
      this.#post({ type: 'cancel', id });
      this.fault(id, cancelled());
    };
    signal?.addEventListener('abort', onAbort);
    try {
      const answer = new Promise<StoreAnswer>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
      });
      this.#post({ type: 'query', id, request });
      return (await answer) as StoreAnswers[K];
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  answer(id: number, answer: StoreAnswer): void {
    this.#pending.get(id)?.resolve(answer);
  }

  fault(id: number, error: WeirError): void {
    this.#pending.get(id)?.reject(error);
  }

  faultAll(error: WeirError): void {
    for (const { reject } of this.#pending.values()) reject(error);
  }
}

function cancelled(): WeirError {
  return new WeirError('history.cancelled', 'the query was cancelled');
}
