/** A real hub and a small simulated fleet, as processes, that fill an InfluxDB 1.6 through the rewriting proxy. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  makeFolder,
  startInflux1Proxy,
  startServerProcess,
  type ServerProcess,
} from '@weir/testing';

const WEIR = fileURLToPath(new URL('../../cli/bin/weir.cjs', import.meta.url));

/** What no simulated device has: a switch, the state of a port, a number without a unit. */
const SENML = [
  { bn: 'virtual-0001/', n: 'boiler/burner', vb: true },
  { n: 'serial0/port', vs: 'open' },
  { n: 'meter/pulses', u: '1/s', v: 4 },
  { n: 'system/load', v: 0.4 },
];

/** The hello of virtual-0001 in an epoch of its own, and a gap: 5 to 9 of that epoch are lost, the spool was full. */
const LOSS = Buffer.from(
  `8601016c${Buffer.from('virtual-0001').toString('hex')}61781903e881851b0000010000000000f6f6f6f6` +
    '87041b0000010000000000011b0000010000000000050901',
  'hex',
);

export interface HubFilling {
  readonly stop: () => Promise<void>;
}

/** Resolves when the fleet's readings are in the hub; the hub goes on writing its vital signs until stopped. */
export async function hubFilling(influx: ServerProcess): Promise<HubFilling> {
  const [proxy, folder, port] = [await startInflux1Proxy(influx.url), await makeFolder(), await freePort()];
  const hub = await startServerProcess({
    command: process.execPath,
    args: [
      ...[
        WEIR,
        'hub',
        '--data-dir',
        folder.path,
        '--listen-port',
        String(port),
        '--vitals-interval',
        '500ms',
      ],
      ...['--stores-influx-url', proxy.url, '--stores-influx-token', 'any'],
      ...['--stores-influx-org', 'weir', '--stores-influx-bucket', 'weir'],
    ],
    port,
    scheme: 'http',
  });
  const token = await readFile(join(folder.path, 'token'), 'utf8');
  const posted = await fetch(`${hub.url}/api/v1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/senml+json' },
    body: JSON.stringify(SENML),
  });
  if (!posted.ok) throw new Error(`SenML refused: ${posted.status} ${await posted.text()}`);
  const told = await fetch(`${hub.url}/api/v1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/cbor-seq' },
    body: LOSS,
  });
  if (!told.ok) throw new Error(`a loss refused: ${told.status} ${await told.text()}`);
  const args = [
    'sim',
    '--hub',
    hub.url,
    '--token',
    token.trim(),
    '--devices',
    '2',
    '--rate',
    '5',
    '--for',
    '3s',
  ];
  const [code] = (await once(spawn(process.execPath, [WEIR, ...args], { stdio: 'ignore' }), 'exit')) as [
    number | null,
  ];
  if (code !== 0) throw new Error(`weir sim ended with ${code}`);
  return {
    async stop() {
      await hub.stop();
      await proxy.close();
      await folder.remove();
    },
  };
}
