/** What CPU time a reading takes. */
import { methodPanels } from './method-panels.js';
import { orMissing, type SectionMaker } from './section.js';

export const cpu: SectionMaker = (results) => ({
  id: 'cpu',
  title: 'CPU time per reading',
  ...orMissing(
    methodPanels(results, {
      title: 'CPU time per reading, client and hub',
      caption:
        'All threads of the client and of the hub in the measured window, what they do between readings included.',
      axis: 'µs of CPU per reading',
      marks: ({ clientCpuUsPerReading, hubCpuUsPerReading }) => [
        { part: 'client', kind: 'bar', at: clientCpuUsPerReading.mean },
        { part: 'hub', kind: 'bar', at: hubCpuUsPerReading.mean },
      ],
      total: ({ clientCpuUsPerReading, hubCpuUsPerReading }) =>
        clientCpuUsPerReading.mean + hubCpuUsPerReading.mean,
    }),
    'runs of readings at a rate',
  ),
});
