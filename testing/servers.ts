import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverCommand } from './available.js';
import { makeFolder } from './folder.js';
import { freePort } from './ports.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

export interface MosquittoOptions {
  /** To start again where a killed one was: same port, same persistent store. */
  readonly port?: number;
  readonly folder?: string;
  /** Further lines of mosquitto.conf. */
  readonly config?: readonly string[];
}

/** mosquitto with persistence and unbounded queues, so that what it loses is not by its settings. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const own = options.folder === undefined ? await makeFolder() : null;
  const folder = options.folder ?? own?.path ?? '';
  const file = join(folder, 'mosquitto.conf');
  await writeFile(
    file,
    [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'user root',
      'persistence true',
      `persistence_location ${folder}/`,
      'autosave_interval 1',
      'autosave_on_changes true',
      'max_queued_messages 0',
      ...(options.config ?? []),
    ].join('\n'),
  );
  return startServerProcess({
    command: serverCommand('mosquitto'),
    args: ['-c', file],
    port,
    scheme: 'mqtt',
    ...(own === null ? {} : { cleanUp: own.remove }),
  });
}

/** InfluxDB 1.6.7: InfluxQL by `/query`, line protocol by `/write`; it has no `/api/v2/write`. */
export async function startInfluxd(
  options: { readonly port?: number; readonly folder?: string } = {},
): Promise<ServerProcess> {
  const [port, rpcPort] = [options.port ?? (await freePort()), await freePort()];
  const own = options.folder === undefined ? await makeFolder() : null;
  const folder = options.folder ?? own?.path ?? '';
  const file = join(folder, 'influxdb.conf');
  await writeFile(
    file,
    [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${rpcPort}"`,
      `[meta]\n  dir = "${folder}/meta"`,
      `[data]\n  dir = "${folder}/data"\n  wal-dir = "${folder}/wal"\n  query-log-enabled = false`,
      `[http]\n  enabled = true\n  bind-address = "127.0.0.1:${port}"\n  log-enabled = false`,
      '[monitor]\n  store-enabled = false',
    ].join('\n'),
  );
  return startServerProcess({
    command: serverCommand('influxd'),
    args: ['-config', file],
    port,
    scheme: 'http',
    ready: async () => (await fetch(`http://127.0.0.1:${port}/ping`)).status === 204,
    ...(own === null ? {} : { cleanUp: own.remove }),
  });
}

/** VictoriaMetrics: takes the InfluxDB client's writes as they are; read back by `/api/v1/export`. */
export async function startVictoriaMetrics(
  options: { readonly port?: number; readonly folder?: string } = {},
): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const own = options.folder === undefined ? await makeFolder() : null;
  const folder = options.folder ?? own?.path ?? '';
  return startServerProcess({
    command: serverCommand('victoria-metrics'),
    args: [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(folder, 'data')}`,
      '-retentionPeriod=100y',
      '-memory.allowedBytes=256MB',
      '-loggerLevel=WARN',
    ],
    port,
    scheme: 'http',
    ready: async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
    ...(own === null ? {} : { cleanUp: own.remove }),
  });
}
