/** One end of the link: a network namespace with a TUN interface, whose packets come to this process as datagrams. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { WeirError } from '@weir/runtime';
import { runCommand } from './run-command.js';

/** Of a namespace that nobody else is in, from the range for benchmarks (RFC 2544). */
export const ADDRESSES = { device: '198.18.0.1', hub: '198.18.0.2' } as const;
export type EndName = keyof typeof ADDRESSES;

const MTU = 1500;
/** Packets that the kernel keeps until they are read: a burst of TCP's is not to be lost in the emulator. */
const KERNEL_QUEUE = 10_000;
const SOCKET_BUFFER = 4 << 20;
const UP = 'namespace up';
/** What socat says when it has made the interface and done with it: earlier it cannot be moved. */
const SOCAT_READY = 'starting data transfer loop';
const SAID_LENGTH = 2_000;

/**
 * What a namespace begins with. No IPv6, which would solicit routers on the link; no memory of former connections, so that
 * no run learns from another; the congestion control that Linux comes with; as many ports as there can be connections.
 */
const SETTINGS = {
  'ipv6/conf/all/disable_ipv6': '1',
  'ipv6/conf/default/disable_ipv6': '1',
  'ipv4/tcp_no_metrics_save': '1',
  'ipv4/tcp_congestion_control': 'cubic',
  'ipv4/ip_local_port_range': '10000 65000',
} as const;

export interface NamespaceEnd {
  /** Of a process that is in the namespace as long as the link is open. */
  readonly pid: number;
  /** Connected: what is sent into it comes out of the interface, one packet a datagram, and the other way about. */
  readonly socket: Socket;
  close(): Promise<void>;
}

/** Opens an end. The caller is in a namespace of its own, and may do there what it wants. Rejects with `bench.link_failed`. */
export async function openEnd(name: EndName): Promise<NamespaceEnd> {
  const holder = await holdNamespace();
  const socket = createSocket({ type: 'udp4', recvBufferSize: SOCKET_BUFFER, sendBufferSize: SOCKET_BUFFER });
  let tun: ChildProcess | null = null;
  const close = async (): Promise<void> => {
    const children = [holder, ...(tun === null ? [] : [tun])];
    for (const child of children) child.kill('SIGKILL');
    await new Promise<void>((resolve) => void socket.close(resolve));
    await Promise.all(children.map(gone));
  };
  try {
    const interfaceName = `weir-${name}`;
    tun = await openTun(interfaceName, socket);
    const pid = holder.pid ?? 0;
    await runCommand(['ip', 'link', 'set', interfaceName, 'netns', String(pid)]);
    await runCommand([
      ...['nsenter', `--net=/proc/${pid}/ns/net`, '--', 'sh', '-ec'],
      `ip addr add ${ADDRESSES[name]}/30 dev ${interfaceName}
       ip link set ${interfaceName} mtu ${MTU} txqueuelen ${KERNEL_QUEUE} addrgenmode none up`,
    ]);
    return { pid, socket, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A process in a new namespace, which ends with this one, and the namespace with it: it reads from a pipe of ours. */
async function holdNamespace(): Promise<ChildProcess> {
  const settings = Object.entries(SETTINGS).map(
    ([name, value]) => `echo '${value}' 2>&- > /proc/sys/net/${name} || true`,
  );
  const script = ['ip link set lo up', ...settings, `echo ${UP}`, 'exec cat'].join('\n');
  const child = spawn('unshare', ['--net', 'sh', '-ec', script], { stdio: ['pipe', 'pipe', 'pipe'] });
  await spoken(child, 'no network namespace', UP);
  return child;
}

/** A TUN interface in this process's namespace, and `socket` joined to it. */
async function openTun(interfaceName: string, socket: Socket): Promise<ChildProcess> {
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const port = await freeDatagramPort();
  const child = spawn('setpriv', [
    ...['--pdeathsig', 'KILL', 'socat', '-d', '-d', '-b', '2048'],
    `TUN,tun-name=${interfaceName},tun-type=tun,iff-no-pi`,
    `UDP4:127.0.0.1:${socket.address().port},bind=127.0.0.1:${port},rcvbuf=${SOCKET_BUFFER},sndbuf=${SOCKET_BUFFER}`,
  ]);
  await spoken(child, 'no TUN interface', SOCAT_READY);
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return child;
}

async function freeDatagramPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** Waits until a child says `text` on either stream. Rejects with `bench.link_failed`: that there is `none`, and what it said. */
async function spoken(child: ChildProcess, none: string, text: string): Promise<void> {
  let said = '';
  child.once('error', (error) => (said = error.message));
  const heard = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-SAID_LENGTH);
        if (said.includes(text)) resolve(true);
      });
  });
  if (await Promise.race([heard, gone(child).then(() => false)])) return;
  throw new WeirError('bench.link_failed', `${none}: ${said.trim() || 'its process ended without a word'}`);
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'exit');
}
