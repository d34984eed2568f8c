import { serve } from '../../../processes/serve.js';
import type { Method } from '../scenario.js';
import type { Assignment } from './assignment.js';
import { Receiver, type OpenReceiver, type ReceiverResult } from './receiver.js';

/** What a receiver's process answers to, in this order. */
export interface ReceiverMethods extends Record<string, (argument: never) => unknown> {
  readonly connect: (assignment: Assignment) => Promise<void>;
  /** Resolves when all that was due has been seen, or has not been in time. */
  readonly run: (order: { readonly startUs: number }) => Promise<void>;
  readonly result: () => ReceiverResult;
}

/** Makes this process a receiver, by one of `methods`, whose code is loaded when it is used. */
export function serveReceiver(methods: Partial<Record<Method, () => Promise<OpenReceiver>>>): void {
  let receiver: Receiver | null = null;
  const current = (): Receiver => {
    if (receiver === null) throw new Error('the receiver is not connected');
    return receiver;
  };
  const answers: ReceiverMethods = {
    connect: async (assignment) => {
      const { method } = assignment.plan.scenario;
      const open = await methods[method]?.();
      if (open === undefined) throw new Error(`nothing is received by ${method}`);
      receiver = await Receiver.connect(assignment, open);
    },
    run: ({ startUs }) => current().run(startUs),
    result: () => current().result(),
  };
  serve(answers, async () => receiver?.close());
}
