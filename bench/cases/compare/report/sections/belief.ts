/** Why to believe it, or not: theory beside measurement, doubts, method, conditions, repetition. */
import { counted, estimateText, numberText, conditionsText } from '../words.js';
import { methodName } from '../methods.js';
import { text, type SectionMaker } from './section.js';

export const theory: SectionMaker = ({ analysis: { cells } }) => {
  const told = cells.flatMap(({ scenario, theory }) => (theory === null ? [] : [{ scenario, theory }]));
  const agreeing = told.filter(({ theory }) => theory.agrees).length;
  return {
    id: 'theory',
    title: 'Theory beside measurement',
    blocks:
      told.length === 0
        ? [text('Theory says nothing of these runs.')]
        : [
            text(
              `L is the delay one way, T the interval between readings, D that between polls. ${agreeing} of ${counted(told.length, 'cell')} agree: the mean, less what sender and hub were measured to take, is within the tolerance of what theory gives for the link. The tolerance is half of the interval over runs, the jitter measured of link and machine, and the CPU time of a message.`,
            ),
            {
              kind: 'table',
              title:
                'Mean latency that theory gives for the schedule and the delay that was achieved, and the mean that was measured',
              rows: [
                [
                  'conditions',
                  'method',
                  'theory',
                  'predicted, ms',
                  'measured, ms',
                  'of that not the link, ms',
                  'tolerance, ms',
                  'agrees',
                ],
                ...told.map(({ scenario, theory }) => [
                  conditionsText(scenario),
                  methodName(scenario),
                  theory.formula,
                  ...[theory.predictedMs, theory.measuredMs, theory.ownMs, theory.toleranceMs].map(
                    numberText,
                  ),
                  theory.agrees ? 'yes' : `no: ${theory.why === '' ? 'not explained' : theory.why}`,
                ]),
              ],
            },
          ],
  };
};

export const doubts: SectionMaker = ({ analysis: { cells } }) => {
  const found = cells.flatMap(({ key, doubts }) => doubts.map((doubt) => ({ key, ...doubt })));
  return {
    id: 'doubts',
    title: 'Doubts',
    blocks: [
      text(
        'Every run is looked at for what would make it unbelievable: readings sent late (coordinated omission), waiting of the kind that Nagle’s algorithm and delayed acknowledgements make, a client or hub short of CPU, readings lost or doubled, a delay that is not the one wanted, latencies below zero.',
      ),
      found.length === 0
        ? text('None was found.')
        : {
            kind: 'table',
            title: `${counted(found.length, 'doubt')} found`,
            rows: [
              ['cell', 'doubt', 'what speaks against it'],
              ...found.map(({ key, code, message }) => [key, code, message]),
            ],
          },
    ],
  };
};

export const method: SectionMaker = ({ runs, seed }) => ({
  id: 'method',
  title: 'How it was measured',
  blocks: [
    {
      kind: 'list',
      items: [
        'Open loop: reading i of a device is due at a time fixed before the run, and latency counts from then, so that a method that is slow to take a reading is charged for the wait (no coordinated omission). Sender and receiver read one monotonic clock of one machine.',
        'Latency ends where the reading is seen at the far end: for a device, by a subscriber next to the hub, which gets it after the hub stored it; for a page or a command, in the client across the link.',
        `A run is made in new processes. Runs are ordered at random by rounds (seed ${seed}); all methods of a round get readings at the same moments. ${windowText(runs.map(({ plan }) => plan))}`,
        'The run is the unit: each figure is a mean over runs, and its interval of 95 % (Student’s t) is over runs, not over readings, which depend on each other. With one run there is no interval.',
        'Every latency is kept in an HdrHistogram with three digits; zeros and negatives are counted, not dropped. Curves are of all runs of a cell together.',
        'Bytes and packets are of IP, both ways, with acknowledgements, and with handshakes where a method connects for each message. HTTP is given a fair chance: few header lines, connections kept alive, TLS sessions resumed, readings batched.',
        'Polls come a tenth of their interval sooner or later, 20 sooner and then 20 later, so that they sweep through all phases and do not keep step with the readings.',
        'TCP_NODELAY is on at both ends in every run but those that show what it is for.',
      ],
    },
  ],
});

function windowText(plans: readonly { readonly warmupS: number; readonly measuredS: number }[]): string {
  const range = (values: readonly number[]): string => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least === most ? `${numberText(least)} s` : `${numberText(least)} to ${numberText(most)} s`;
  };
  if (plans.length === 0) return '';
  return `After ${range(plans.map(({ warmupS }) => warmupS))} of warm-up it measures for ${range(plans.map(({ measuredS }) => measuredS))}.`;
}

export const conditions: SectionMaker = ({ conditions, options, linkMode, seed, runs, planned }) => ({
  id: 'conditions',
  title: 'Conditions',
  blocks: [
    {
      kind: 'table',
      title: 'The machine, and what was asked of it',
      rows: [
        ['what', 'value'],
        ['date', conditions.date],
        ['commit', conditions.commit === '' ? 'unknown' : conditions.commit],
        ['Node', conditions.node],
        ['kernel', conditions.kernel],
        ['CPU', `${conditions.cores} × ${conditions.cpu}`],
        ['memory, MB', numberText(conditions.memory_mb)],
        ['load average before', numberText(conditions.load_average)],
        ['priority', String(conditions.priority)],
        ['disk, MB/s in a row', numberText(conditions.disk.sequential_mb_per_s)],
        ['disk, syncs of 4 kB a second', numberText(conditions.disk.syncs_per_s)],
        ['link', linkMode],
        ['seed', String(seed)],
        ['runs', `${runs.length} of ${planned}`],
        ...Object.entries(options).map(([name, value]) => [
          `--${name.replaceAll('_', '-')}`,
          optionText(value),
        ]),
      ],
    },
  ],
});

function optionText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export const repeat: SectionMaker = ({ command }) => ({
  id: 'repeat',
  title: 'How to repeat it',
  blocks: [
    text('In a checkout of the commit above, after npm ci:'),
    { kind: 'code', text: command },
    text('results.json beside this report has every run with its histograms, packet counts, plan and seed.'),
  ],
});

export const allCells: SectionMaker = ({ analysis: { cells } }) => ({
  id: 'cells',
  title: 'All cells',
  blocks: [
    {
      kind: 'table',
      title: 'Means over runs [interval of 95 %]',
      rows: [
        [
          ...[
            'cell',
            'runs',
            'mean, ms',
            'p50, ms',
            'p99, ms',
            'p99.9, ms',
            'max, ms',
            'confirmed p50, ms',
            'lost, %',
            'doubled',
          ],
          ...[
            'readings/s',
            'bytes per reading',
            'packets per reading',
            'payload per reading',
            'set-up bytes',
          ],
          ...['client CPU, µs per reading', 'hub CPU, µs per reading'],
        ],
        ...cells.map((cell) => [
          cell.key,
          String(cell.runs),
          ...[cell.meanMs, cell.p50Ms, cell.p99Ms, cell.p999Ms].map((each) => estimateText(each)),
          numberText(cell.maxMs),
          cell.confirmedP50Ms === null ? '–' : estimateText(cell.confirmedP50Ms),
          numberText(cell.lossRatio * 100),
          numberText(cell.duplicated),
          ...[cell.throughput, cell.bytesPerReading, cell.packetsPerReading, cell.payloadBytesPerReading].map(
            (each) => estimateText(each),
          ),
          ...[cell.setupBytes, cell.clientCpuUsPerReading, cell.hubCpuUsPerReading].map((each) =>
            estimateText(each),
          ),
        ]),
      ],
    },
  ],
});
