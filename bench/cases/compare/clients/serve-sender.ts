import { serve } from '../../../processes/serve.js';
import type { Method } from '../scenario.js';
import type { Assignment } from './assignment.js';
import { Sender, type OpenSender, type SenderResult } from './sender.js';

/** What a sender's process answers to, in this order. */
export interface SenderMethods extends Record<string, (argument: never) => unknown> {
  readonly connect: (assignment: Assignment) => Promise<void>;
  /** Resolves when all is sent and safe, or has not been in time. */
  readonly run: (order: { readonly startUs: number }) => Promise<void>;
  readonly result: () => SenderResult;
}

/** Makes this process a sender, by one of `methods`, whose code is loaded when it is used. */
export function serveSender(methods: Partial<Record<Method, () => Promise<OpenSender>>>): void {
  let sender: Sender | null = null;
  const current = (): Sender => {
    if (sender === null) throw new Error('the sender is not connected');
    return sender;
  };
  const answers: SenderMethods = {
    connect: async (assignment) => {
      const { method } = assignment.plan.scenario;
      const open = await methods[method]?.();
      if (open === undefined) throw new Error(`nothing is sent by ${method}`);
      sender = await Sender.connect(assignment, open);
    },
    run: ({ startUs }) => current().run(startUs),
    result: () => current().result(),
  };
  serve(answers, async () => sender?.close());
}
