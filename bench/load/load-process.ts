/** The process that makes the load; a child of the benchmark. */
import { serve } from '../processes/serve.js';
import { AnsweredLoad } from './answered-load.js';
import { BareLoad } from './bare-load.js';
import { LoadFault, type Load, type LoadMark, type LoadOrder } from './load.js';
import { openMqttDevices } from './mqtt-device.js';
import { openPostDevices } from './post-device.js';
import { openWeirDevices } from './weir-device.js';

const fault = new LoadFault();
let load: Load | null = null;

const LOADS: Readonly<Record<LoadOrder['kind'], (order: LoadOrder) => Load>> = {
  weir: (order) => new AnsweredLoad(order, fault, openWeirDevices),
  mqtt: (order) => new AnsweredLoad(order, fault, openMqttDevices),
  'post-kept': (order) => new AnsweredLoad(order, fault, openPostDevices),
  'post-new': (order) => new AnsweredLoad(order, fault, openPostDevices),
  bare: (order) => new BareLoad(order, fault),
};

function current(): Load {
  if (load === null) throw new Error('there is no load yet');
  return load;
}

/** What the process answers. A fault of any connection is the answer to the next call. */
const methods = {
  connect: (order: LoadOrder): Promise<void> => {
    load = LOADS[order.kind](order);
    return Promise.race([load.connect(), fault.thrown]);
  },
  start: (): void => current().start(),
  mark: (): Promise<LoadMark> => Promise.race([fault.thrown, Promise.resolve().then(() => current().mark())]),
  stop: (): Promise<LoadMark> => Promise.race([fault.thrown, current().stop()]),
  answeredByDevice: (): ReadonlyMap<string, number> => current().answeredByDevice(),
};
export type LoadMethods = typeof methods;

serve(methods);
