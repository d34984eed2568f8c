/** May this process emulate a network with namespaces, and how does it get into one? */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { messageOf } from '@weir/runtime';
import { runCommand } from './run-command.js';

/** Each command that the link needs, and the Debian package it is in. */
const NEEDED = {
  ip: 'iproute2',
  socat: 'socat',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
} as const;
const TUN = '/dev/net/tun';

/** A namespace of one's own for a command: the system's, or with a user namespace around it for who is not root. */
export const OWN_NAMESPACE: readonly string[] =
  process.getuid?.() === 0 ? ['unshare', '--net'] : ['unshare', '--user', '--map-root-user', '--net'];

/** Runs a command in the namespaces of a process that `OWN_NAMESPACE` began. */
export function inNamespaceOf(pid: number): readonly string[] {
  const user = OWN_NAMESPACE.includes('--user')
    ? [`--user=/proc/${pid}/ns/user`, '--preserve-credentials']
    : [];
  return ['nsenter', ...user, `--net=/proc/${pid}/ns/net`, '--'];
}

/** null when a link with real packets can be had here; otherwise why it cannot, for a person. */
export async function canNamespace(): Promise<string | null> {
  if (process.platform !== 'linux') return `network namespaces are Linux's, and this is ${process.platform}`;
  for (const [command, debianPackage] of Object.entries(NEEDED))
    if (!onPath(command)) return `${command} is not installed (apt-get install ${debianPackage})`;
  try {
    accessSync(TUN, constants.R_OK | constants.W_OK);
  } catch (error) {
    return `${TUN} cannot be opened (${messageOf(error)}); it needs root, or in a container --device ${TUN}`;
  }
  try {
    await runCommand([...OWN_NAMESPACE, 'ip', 'tuntap', 'add', 'dev', 'weir', 'mode', 'tun']);
    return null;
  } catch (error) {
    return `no network namespace may be made here (${messageOf(error)}); it needs root, or in a container --cap-add NET_ADMIN,SYS_ADMIN`;
  }
}

function onPath(command: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
