/** What docker-compose.yml starts, started here: the same commands, settings and files, on loopback ports. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { available, serverCommand } from '../available.js';
import { temporaryFolder } from '../folder.js';
import { freePort } from '../ports.js';
import { startServerProcess } from '../server-process.js';
import { waitFor } from '../wait.js';
import { interpolate, readCompose, readRootFile, rootFile } from './repository.testing.js';

/** Where the containers' addresses and folders are here. */
type Places = readonly (readonly [string, string])[];

const put = (text: string, places: Places): string =>
  places.reduce((result, [there, here]) => result.replaceAll(there, here), text);

/** Runs a service's command as its container would; its output is gathered for the error of a test. */
function startService(name: string, places: Places, env: Record<string, string>): { output: string[] } {
  const { command = [], environment = {} } = readCompose().services[name] ?? {};
  const args = command.map((each) => put(interpolate(each, {}), places));
  const settings = Object.entries(environment).map(([key, value]) => [key, interpolate(value, {})]);
  const child = spawn(process.execPath, [rootFile('cli', 'bin', 'weir.cjs'), ...args], {
    env: { PATH: process.env.PATH, ...Object.fromEntries(settings), ...env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(`${name}: ${chunk.toString()}`));
  onTestFinished(() => end(child));
  return { output };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function startBroker(folder: string): Promise<string> {
  const port = await freePort();
  await chmod(folder, 0o777);
  const config = put(readRootFile('deploy', 'mosquitto.conf'), [
    ['listener 1883', `listener ${port} 127.0.0.1`],
    ['/mosquitto/data/', `${folder}/`],
  ]);
  const file = join(folder, 'mosquitto.conf');
  await writeFile(file, config);
  const command = serverCommand('mosquitto');
  const broker = await startServerProcess({ command, args: ['-c', file], port, scheme: 'mqtt' });
  onTestFinished(() => broker.stop());
  return broker.url;
}

async function topicsOf(url: string): Promise<Set<string>> {
  const client = await connectAsync(url, { protocolVersion: 5 });
  onTestFinished(() => client.endAsync(true));
  const topics = new Set<string>();
  client.on('message', (topic) => topics.add(topic));
  await client.subscribeAsync('weir/#', { qos: 1 });
  return topics;
}

describe.skipIf(!available('mosquitto'))('the services of docker-compose.yml', () => {
  it('carry readings of the simulator through the hub and the bridge to the broker', async () => {
    const folder = await temporaryFolder();
    const at = async (name: string): Promise<string> => {
      const path = join(folder, name);
      await mkdir(path);
      return path;
    };
    const [state, hubPort] = [await at('state'), String(await freePort())];
    const broker = await startBroker(await at('mosquitto'));
    const token = join(folder, 'token');
    const hubFile = join(folder, 'hub.yaml');
    await writeFile(hubFile, put(readRootFile('deploy', 'hub.yaml'), [['/run/weir/token', token]]));
    const places: Places = [
      ['/etc/weir/hub.yaml', hubFile],
      ['/run/weir/token', token],
      ['/var/lib/weir', state],
      ['//hub:8087', `//127.0.0.1:${hubPort}`],
      ['mqtt://mosquitto:1883', broker],
    ];
    const topics = await topicsOf(broker);
    const hub = startService('hub', places, {
      WEIR_HUB_LISTEN_HOST: '127.0.0.1',
      WEIR_HUB_LISTEN_PORT: hubPort,
      WEIR_HUB_DATA_DIR: join(state, 'hub'),
    });
    const healthy = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${hubPort}/healthz`)
        .then(({ ok }) => ok)
        .catch(() => false);
    await waitFor(healthy, { what: 'the hub', timeoutMs: 60_000 }).catch(withOutput(hub));
    const bridge = startService('bridge', places, { WEIR_BRIDGE_CURSOR_FILE: join(state, 'bridge.cursor') });
    const simulator = startService('simulator', places, {});
    await waitFor(
      () => [...topics].filter((topic) => /^weir\/virtual-\d+\/(?!status)/.test(topic)).length > 20,
      {
        what: 'readings at the broker',
        timeoutMs: 60_000,
      },
    ).catch(withOutput(hub, bridge, simulator));
    expect([...topics]).toEqual(
      expect.arrayContaining(['weir/virtual-0001/status', 'weir/$bridge/weir/status']),
    );
  }, 180_000);
});

function withOutput(
  ...services: readonly { readonly output: readonly string[] }[]
): (error: unknown) => never {
  return (error) => {
    throw new Error(`${String(error)}\n${services.flatMap(({ output }) => output).join('')}`);
  };
}
