/** `weir bench compare`: WebSocket beside HTTP polling, each a real client of the hub, over networks of known delay. */
import { resolve } from 'node:path';
import { WeirError } from '@weir/runtime';
import { benchCase, type BenchContext } from '../../case.js';
import { conditions, type Conditions } from '../../measure/conditions.js';
import { dataFolder } from '../../measure/data-folder.js';
import { mosquittoPath } from '../../servers/mosquitto.js';
import { analyse } from './analysis/analyse.js';
import { compareOptions, type CompareOptions } from './options.js';
import { choose } from './plan/choice.js';
import { makeRuns } from './plan/make-runs.js';
import { planRuns } from './plan/plan.js';
import { RunBook } from './plan/run-book.js';
import { claimsTable } from './report/claims-table.js';
import { writeReport } from './report/write-report.js';
import type { CompareResults, NotMeasured } from './results.js';
import type { RunPlan } from './scenario.js';
import { chooseRemote } from './remote/choice.js';
import { openRunner } from './run/runner.js';

/** What `--quick` stands for. */
const QUICK = {
  ...{ sets: 'quick', repeats: 3, seconds: 2, warm_up: 0.5 },
  report: 'weir-compare-quick',
};

async function run(options: CompareOptions, context: BenchContext): Promise<CompareResults> {
  const { sets, repeats, seconds, warm_up: warmUpS, seed, hub, link, energy, report } = options;
  checkTogether(options);
  const dir = await dataFolder(options.dir);
  const found = await conditions(dir);
  const { scenarios, notMeasured } =
    hub === '' ? choose(sets, mosquittoPath() !== null) : chooseRemote(sets, /^(wss|https):/i.test(hub));
  const plans = planRuns(scenarios, { repeats, seconds, warmUpS, seed });
  const undertaking = { commit: found.commit, options: { hub, link, energy }, plans };
  const book = await RunBook.open(report, undertaking, options.fresh);
  if (book.records.length > 0)
    context.progress(
      `${book.records.length} of ${plans.length} runs are in ${report} already (--fresh begins anew)`,
    );
  try {
    return await measure(book, plans, notMeasured, { options, found, dir, context });
  } catch (error) {
    if (context.signal.aborted)
      context.progress(
        `${book.records.length} of ${plans.length} runs are in ${report}: the same command goes on`,
      );
    throw error;
  } finally {
    await book.close();
  }
}

/** Throws `config.invalid` for options that do not go together. */
function checkTogether({ hub, token_file: token, ca_file: ca }: CompareOptions): void {
  const wrong =
    hub !== '' && token === ''
      ? '--hub needs --token-file, a file with a token for devices and reading'
      : hub === '' && token + ca !== ''
        ? '--token-file and --ca-file go with --hub'
        : null;
  if (wrong !== null) throw new WeirError('config.invalid', wrong);
}

interface Surroundings {
  readonly options: CompareOptions;
  readonly found: Conditions;
  readonly dir: string;
  readonly context: BenchContext;
}

async function measure(
  book: RunBook,
  plans: readonly RunPlan[],
  notMeasured: readonly NotMeasured[],
  { options, found, dir, context }: Surroundings,
): Promise<CompareResults> {
  const runner = await openRunner(options, dir, context);
  try {
    const failed = await makeRuns(plans, book, runner.run, context);
    const analysis = analyse(book.records);
    const results: CompareResults = {
      ...{ bench: 'compare', conditions: found, options, seed: options.seed, linkMode: runner.mode },
      command: commandOf(options),
      planned: plans.length,
      notMeasured: [...notMeasured, ...runner.notMeasured, ...failed],
      profiles: runner.profiles,
      runs: book.records,
      ...{ analysis, claims: analysis.claims },
    };
    await writeReport(options.report, results);
    if (failed.length === 0) await book.finish();
    context.progress(`the report: ${resolve(options.report, 'report.html')}`);
    return results;
  } finally {
    await runner.close();
  }
}

/** What was asked for beside the defaults, or beside those of --quick. */
function commandOf(options: CompareOptions): string {
  const isQuick = options.sets.join() === QUICK.sets;
  const usual = compareOptions.parse(isQuick ? QUICK : {});
  const given = Object.entries(options).filter(
    ([name, value]) => String(value) !== String(usual[name as keyof CompareOptions]) && name !== 'fresh',
  );
  const flags = given.map(([name, value]) => `--${name.replaceAll('_', '-')} ${String(value)}`);
  return ['npx weir bench compare', ...(isQuick ? ['--quick'] : []), ...flags].join(' ');
}

export const compare = benchCase({
  name: 'compare',
  summary: 'WebSocket beside HTTP polling: latency, throughput, bytes and energy',
  help: `
Each run has processes of its own: a hub, a client at the other end of an emulated network, and a witness beside the hub. The
methods are real clients of the hub; latency counts from when a reading was due. As root on Linux (with socat and ip) the two
ends are network namespaces and each packet between them is counted; elsewhere a proxy delays what is sent.

The sets:
  quick       what the four claims need, at 75 ms
  classic     4 readings a second, one-way delays of 0.2, 20, 75 and 150 ms, all methods
  throughput  as many readings as the hub takes
  networks    lan, wifi, 4g, 3g, satellite, lossy
  rates       0.1 to 500 readings a second
  payloads    1 to 1,000 readings a message
  devices     10 to 1,000 devices
  nagle       TCP_NODELAY on and off

Stopped with Ctrl-C, the same command goes on later. Examples:
  weir bench compare --quick
  weir bench compare --sets classic,networks --repeats 3 --report report
  weir bench compare --quick --json results.json
  weir bench compare --hub wss://hub.example --token-file token --quick
With --hub this machine is both the device and the page. Uplink is timed until the hub acknowledges; what a page shows was sent
from here, so that its latency includes the way up; packets are estimated from bytes. The token needs the role admin. The
readings stay in that hub's store, under devices named bench-*.`,
  options: compareOptions,
  quick: QUICK,
  quickSummary: 'the four claims alone, in under two minutes',
  run,
  table: claimsTable,
});
