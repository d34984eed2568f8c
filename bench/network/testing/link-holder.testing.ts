/** A process that opens a link and is killed in the middle of it, in tests. */
import { serve } from '../../processes/serve.js';
import { delayOnly } from '../impairments.js';
import { openLink } from '../link.js';

const methods = {
  open: async (): Promise<void> => {
    await openLink(delayOnly(5), { seed: 1, signal: new AbortController().signal, mode: 'namespaces' });
  },
};
export type HolderMethods = typeof methods;

serve(methods);
