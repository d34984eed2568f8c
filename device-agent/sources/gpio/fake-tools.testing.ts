/**
 * libgpiod's tools without GPIO lines: four commands in a folder that take the options, print the words and exit with
 * the codes of version 1.6.3 or 2.2, over a "chip" of plain files:
 *
 *   lines/N   value of input N         edges     one JSON object per edge, appended by the test
 *   held/N    who holds line N: {pid, tool, value, args}
 */
import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, waitFor } from '@weir/testing';

export interface Held {
  readonly pid: number;
  readonly tool: string;
  readonly value: number | null;
  readonly args: readonly string[];
}

export interface FakeGpio {
  /** For `tools_path`. */
  readonly folder: string;
  setInput(line: number, value: 0 | 1): Promise<void>;
  /** An edge in the eyes of the kernel (of the level, not the logical value), once gpiomon is up. `clockUs`: its timestamp. */
  edge(line: number, level: 0 | 1, clockUs: number): Promise<void>;
  /** Who holds a line now; null: nobody. */
  held(line: number): Promise<Held | null>;
  /** Every command line so far: the tool, then its arguments. */
  calls(): Promise<string[][]>;
}

export interface FakeGpioOptions {
  readonly version: '1.6.3' | '2.2.1' | '0.3';
  /** Lines of gpiodetect. */
  readonly chips?: readonly string[];
}

/** A holder that was killed has left its note; one that nobody has waited for yet is a zombie, and holds nothing. */
async function livingHolder(holder: Held): Promise<Held | null> {
  const stat = await readFile(`/proc/${holder.pid}/stat`, 'utf8').catch(() => '');
  return stat === '' || /\) [ZX] /.test(stat) ? null : holder;
}

const TOOLS = ['gpiodetect', 'gpiomon', 'gpioget', 'gpioset'];

/** Makes the tools in a temporary folder of the present test. */
export async function fakeGpio({ version, chips = DEFAULT_CHIPS }: FakeGpioOptions): Promise<FakeGpio> {
  const folder = await temporaryFolder();
  await Promise.all(['lines', 'held'].map((name) => mkdir(join(folder, name))));
  await Promise.all(['edges', 'calls'].map((name) => writeFile(join(folder, name), '')));
  await writeFile(join(folder, 'chips'), chips.map((chip) => `${chip}\n`).join(''));
  await writeFile(join(folder, 'version'), version);
  for (const tool of TOOLS) {
    const path = join(folder, tool);
    await writeFile(path, `#!${process.execPath}\n${SCRIPT}`);
    await chmod(path, 0o755);
  }
  const held = async (line: number): Promise<Held | null> =>
    readFile(join(folder, 'held', String(line)), 'utf8').then(
      (text) => livingHolder(JSON.parse(text) as Held),
      () => null,
    );
  return {
    folder,
    setInput: (line, value) => writeFile(join(folder, 'lines', String(line)), String(value)),
    edge: async (line, level, clockUs) => {
      await waitFor(async () => (await held(line))?.tool === 'gpiomon', { what: `gpiomon of line ${line}` });
      await appendFile(join(folder, 'edges'), `${JSON.stringify({ line, level, ns: `${clockUs}123` })}\n`);
    },
    held,
    calls: async () =>
      (await readFile(join(folder, 'calls'), 'utf8'))
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as string[]),
  };
}

const DEFAULT_CHIPS = [
  'gpiochip0 [pinctrl-bcm2711] (58 lines)',
  'gpiochip1 [raspberrypi-exp-gpio] (8 lines)',
];

const SCRIPT = String.raw`
const fs = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { parseArgs } = require('node:util');
const root = dirname(process.argv[1]);
const tool = basename(process.argv[1]);
const version = fs.readFileSync(join(root, 'version'), 'utf8');
const major = Number(version[0]);
fs.appendFileSync(join(root, 'calls'), JSON.stringify([tool, ...process.argv.slice(2)]) + '\n');

const die = (message) => { process.stderr.write(tool + ': ' + message + '\n'); process.exit(1); };
const flag = (short) => ({ type: 'boolean', ...(short && { short }) });
const text = (short) => ({ type: 'string', ...(short && { short }) });
const every = { help: flag('h'), version: flag('v') };
const line1 = { ...every, 'active-low': flag('l'), bias: text('B') };
const line2 = { ...every, 'active-low': flag('l'), bias: text('b'), chip: text('c'), consumer: text('C'),
  'by-name': flag(), strict: flag('s'), unquoted: flag() };
const OPTIONS = {
  1: {
    gpiodetect: every,
    gpioget: line1,
    gpiomon: { ...line1, 'num-events': text('n'), silent: flag('s'), 'rising-edge': flag('r'),
      'falling-edge': flag('f'), 'line-buffered': flag('b'), format: text('F') },
    gpioset: { ...line1, drive: text('D'), mode: text('m'), sec: text('s'), usec: text('u'), background: flag('b') },
  },
  2: {
    gpiodetect: every,
    gpioget: { ...line2, 'as-is': flag('a'), 'hold-period': text('p'), numeric: flag() },
    gpiomon: { ...line2, banner: flag(), edges: text('e'), 'event-clock': text('E'), format: text('F'),
      'idle-timeout': text(), localtime: flag(), 'num-events': text('n'), 'debounce-period': text('p'),
      quiet: flag('q'), utc: flag() },
    gpioset: { ...line2, banner: flag(), drive: text('d'), 'hold-period': text('p'), toggle: text('t'),
      daemonize: flag('z') },
  },
};
let parsed;
try {
  parsed = parseArgs({ options: OPTIONS[major === 2 ? 2 : 1][tool], allowPositionals: true, strict: true });
} catch (error) {
  die('unrecognized option: ' + error.message);
}
const { values: options, positionals } = parsed;

if (options.version) {
  console.log(tool + ' (libgpiod) v' + version + '\nCopyright (C) 2017-2018 Bartosz Golaszewski');
  process.exit(0);
}
const chips = fs.readFileSync(join(root, 'chips'), 'utf8');
if (tool === 'gpiodetect') {
  process.stdout.write(chips);
  process.exit(0);
}

const one = (value, allowed, what) => {
  if (value !== undefined && !allowed.includes(value)) die('invalid ' + what + ': ' + value);
};
one(options.bias, major === 2 ? ['pull-down', 'pull-up', 'disabled'] : ['as-is', 'disable', 'pull-down', 'pull-up'], 'bias');
one(options.drive, ['push-pull', 'open-drain', 'open-source'], 'drive');
one(options.edges, ['rising', 'falling', 'both'], 'edges');
one(options['event-clock'], ['monotonic', 'realtime', 'hte'], 'event clock');
one(options.mode, ['exit', 'wait', 'time', 'signal'], 'mode');
if (options['debounce-period'] !== undefined && !/^\d+(us|ms|s|m)?$/.test(options['debounce-period']))
  die('invalid period: ' + options['debounce-period']);

const chip = major === 2 ? options.chip : positionals.shift();
if (!new RegExp('^' + chip + ' \\[', 'm').test(chips)) die("cannot find GPIO chip character device '" + chip + "'");
if (positionals.length === 0) die('at least one GPIO line ' + (tool === 'gpioset' ? 'value ' : '') + 'must be specified');
const wanted = positionals.map((each) => {
  const [line, value] = each.split('=');
  if (!/^\d+$/.test(line) || Number(line) > 57) die("cannot find line '" + line + "'");
  if (tool === 'gpioset' && value !== '0' && value !== '1') die("invalid line value: '" + value + "'");
  return { line: Number(line), value: value === undefined ? null : Number(value) };
});

const alive = (pid) => { try { return !/\) [ZX] /.test(fs.readFileSync('/proc/' + pid + '/stat', 'utf8')); } catch { return false; } };
const heldPath = (line) => join(root, 'held', String(line));
const release = () => {
  for (const { line } of wanted) try {
    if (JSON.parse(fs.readFileSync(heldPath(line), 'utf8')).pid === process.pid) fs.unlinkSync(heldPath(line));
  } catch {}
};
const busy = () => {
  release();
  if (tool === 'gpioget') die(major === 2 ? 'unable to request lines: Device or resource busy' : 'error reading GPIO values: Device or resource busy');
  if (tool === 'gpioset') die(major === 2 ? "unable to request lines on chip '/dev/" + chip + "': Device or resource busy" : 'error setting the GPIO line values: Device or resource busy');
  die(major === 2 ? 'unable to request lines on chip /dev/' + chip + ': Device or resource busy' : 'error waiting for events: Device or resource busy');
};
let at = fs.statSync(join(root, 'edges')).size;
for (const { line, value } of wanted) {
  try {
    if (alive(JSON.parse(fs.readFileSync(heldPath(line), 'utf8')).pid)) busy();
  } catch {}
  fs.writeFileSync(heldPath(line) + '-' + process.pid, JSON.stringify({ pid: process.pid, tool, value, args: process.argv.slice(2) }));
  fs.renameSync(heldPath(line) + '-' + process.pid, heldPath(line));
}
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => { release(); process.exit(0); });
process.stdout.on('error', () => { release(); process.exit(1); });

const low = options['active-low'] === true;
if (tool === 'gpioget') {
  const read = ({ line }) => {
    const level = fs.existsSync(join(root, 'lines', String(line))) ? Number(fs.readFileSync(join(root, 'lines', String(line)), 'utf8')) : 0;
    return low ? 1 - level : level;
  };
  const show = (each) => (major === 2 && !options.numeric ? '"' + each.line + '"=' + (read(each) ? 'active' : 'inactive') : String(read(each)));
  console.log(wanted.map(show).join(' '));
  release();
} else if (tool === 'gpioset') {
  if (options.banner) console.log("Setting line '" + wanted[0].line + "'...");
  if (major === 2 || options.mode === 'signal') setInterval(() => {}, 1 << 30);
  else if (options.mode === 'wait') process.stdin.on('data', (chunk) => chunk.includes('\n') && process.exit(release())).on('end', () => process.exit(release()));
  else release();
} else {
  const edges = options.edges ?? (options['rising-edge'] === options['falling-edge'] ? 'both' : options['rising-edge'] ? 'rising' : 'falling');
  const print = (line, rising, ns) => {
    const [seconds, nanos] = [ns / 1000000000n, ns % 1000000000n];
    const words = major === 2
      ? { o: line, e: rising ? 1 : 2, E: rising ? 'rising' : 'falling', S: seconds + '.' + String(nanos).padStart(9, '0') }
      : { o: line, e: rising ? 1 : 0, s: seconds, n: nanos };
    console.log(options.format.replace(/%(.)/g, (whole, letter) => words[letter] ?? whole));
  };
  if (options.banner) {
    const names = wanted.map(({ line }) => "'" + line + "'");
    console.log(names.length > 1 ? 'Monitoring lines ' + names.slice(0, -1).join(', ') + ', and ' + names.at(-1) + '...' : 'Monitoring line ' + names[0] + '...');
  }
  if (process.env.LC_ALL !== 'C') die('the environment does not ask for the C locale');
  setInterval(() => {
    const text = fs.readFileSync(join(root, 'edges'), 'utf8').slice(at);
    at += text.length;
    for (const each of text.split('\n').filter(Boolean)) {
      const { line, level, ns } = JSON.parse(each);
      const rising = (level === 1) !== low;
      if (wanted.some((one) => one.line === line) && (edges === 'both' || (edges === 'rising') === rising)) print(line, rising, BigInt(ns));
    }
  }, 5);
}
`;
