/** The servers that some suites need, the Debian package of each, and whether they are here. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export const SERVERS = {
  socat: { command: 'socat', package: 'socat', for: 'serial lines (pty)' },
  mosquitto: { command: 'mosquitto', package: 'mosquitto', for: 'MQTT with a real broker' },
  influxd: { command: 'influxd', package: 'influxdb', for: 'InfluxDB sink and Grafana queries' },
  'victoria-metrics': {
    command: 'victoria-metrics',
    package: 'victoria-metrics',
    for: 'InfluxDB client writes',
  },
  ip: { command: 'ip', package: 'iproute2', for: 'emulated networks' },
  tcpdump: { command: 'tcpdump', package: 'tcpdump', for: 'packets of emulated networks against a capture' },
  chromium: { command: 'chromium', package: 'chromium', for: 'the console in a browser' },
} as const;

export type ServerName = keyof typeof SERVERS;

/** Full path of a command on PATH or in the system's server folders; null when it is not installed. */
export function commandPath(command: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders.filter((each) => each !== '')) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return null;
}

/**
 * May a suite that needs this server run? `it.skipIf(!available('mosquitto'))`. In CI nothing may be skipped: there a
 * missing server throws.
 */
export function available(name: ServerName): boolean {
  if (commandPath(SERVERS[name].command) !== null) return true;
  if (process.env.CI === 'true')
    throw new Error(`CI needs ${SERVERS[name].command} (Debian package ${SERVERS[name].package})`);
  return false;
}

/** The path of a server that `available` has said is here. */
export function serverCommand(name: ServerName): string {
  const path = commandPath(SERVERS[name].command);
  if (path === null)
    throw new Error(`${SERVERS[name].command} is not installed (Debian package ${SERVERS[name].package})`);
  return path;
}
