import { z } from 'zod';
import { listOption } from '../../list-option.js';
import { SETS } from './plan/sets.js';

export const compareOptions = z.strictObject({
  sets: listOption(z.enum(SETS), `some of ${SETS.join(',')}`)
    .prefault(SETS.filter((set) => set !== 'quick').join(','))
    .describe(`Which conditions: some of ${SETS.join(', ')}`),
  repeats: z.number().int().min(1).max(100).default(5).describe('Runs of each scenario'),
  seconds: z.number().min(0.5).max(3_600).default(10).describe('Measured window of each run'),
  warm_up: z.number().min(0).max(60).default(2).describe('Seconds of load before the window'),
  seed: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(1)
    .describe('Decides moments, losses and the order of runs'),
  link: z
    .enum(['auto', 'namespaces', 'proxy'])
    .default('auto')
    .describe(
      'The network between: `namespaces` (Linux, as root) carries and counts real packets, `proxy` delays bytes and estimates packets',
    ),
  energy: z
    .enum(['model', 'rapl', 'ina219'])
    .default('model')
    .describe('Modelled from packets and CPU time, or measured by a meter of this machine'),
  device_profiles: z
    .string()
    .default('')
    .describe('Files of further device profiles for the energy model, with commas between'),
  hub: z.string().default('').describe('A hub of your own, such as wss://hub.example, measured from here'),
  token_file: z.string().default('').describe('With hub: file with a token for devices and reading'),
  ca_file: z.string().default('').describe('With hub: PEM file of the authority that signed its certificate'),
  report: z
    .string()
    .min(1)
    .default('weir-compare')
    .describe('Folder for the report, and for the runs until it is complete'),
  fresh: z.boolean().default(false).describe('Forget the runs that the folder holds'),
  dir: z.string().default('').describe("Where the hub's data go during a run; the system's temporary folder"),
});
export type CompareOptions = z.output<typeof compareOptions>;
