/** The process that makes the load; a child of the benchmark. */
import { serve } from '../processes/serve.js';
import { FloodLoad } from './flood-load.js';
import { LoadFault, type Load, type LoadMark, type LoadOrder } from './load.js';
import { WeirLoad } from './weir-load.js';

const fault = new LoadFault();
let load: Load | null = null;

function current(): Load {
  if (load === null) throw new Error('there is no load yet');
  return load;
}

/** What the process answers. A fault of any connection is the answer to the next call. */
const methods = {
  connect: (order: LoadOrder): Promise<void> => {
    load = order.kind === 'weir' ? new WeirLoad(order, fault) : new FloodLoad(order, fault);
    return Promise.race([load.connect(), fault.thrown]);
  },
  start: (): void => current().start(),
  mark: (): Promise<LoadMark> => Promise.race([fault.thrown, Promise.resolve().then(() => current().mark())]),
  stop: (): Promise<LoadMark> => Promise.race([fault.thrown, current().stop()]),
  answeredByDevice: (): ReadonlyMap<string, number> => current().answeredByDevice(),
};
export type LoadMethods = typeof methods;

serve(methods);
