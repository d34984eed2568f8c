/**
 * Installs what the tests need and lack: as root on Debian with apt-get; elsewhere says which suites will be skipped.
 * A service that a package would start by itself is kept from starting.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { commandPath, SERVERS } from './available.js';

const POLICY = '/usr/sbin/policy-rc.d';

function run(command: string, args: readonly string[]): boolean {
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

function install(packages: readonly string[]): boolean {
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return (
      run('apt-get', ['update', '-qq']) &&
      run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages])
    );
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
}

const missing = Object.values(SERVERS).filter(({ command }) => commandPath(command) === null);
if (missing.length > 0) {
  const names = missing.map((server) => server.package);
  const canInstall =
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && commandPath('apt-get') !== null;
  process.stdout.write(canInstall ? `installing for the tests: ${names.join(', ')}\n` : '');
  const installed = canInstall && install(names);
  for (const server of missing.filter(({ command }) => commandPath(command) === null)) {
    const why = installed || canInstall ? 'its installation failed' : 'installing it needs root on Debian';
    process.stdout.write(`suites skipped: ${server.for}; ${server.command} is missing and ${why}\n`);
    if (process.env.CI === 'true') process.exitCode = 1;
  }
}
