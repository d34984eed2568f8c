import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { checkConfig } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { agentConfigSchema, type AgentConfig } from './config.js';
import { startAgent, type Agent } from './main.js';
import { startHubServer, type HubServer } from './simulation/hub-server.testing.js';

/** A device that prints lines to whoever connects. */
async function startSensor(): Promise<{ port: number; print(line: string): void; connected(): boolean }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    print: (line) => sockets.forEach((socket) => socket.write(`${line}\n`)),
    connected: () => sockets.size > 0,
  };
}

async function start(server: HubServer, settings: Record<string, unknown>): Promise<Agent> {
  const spool = { dir: join(await temporaryFolder(), 'spool') };
  const config: AgentConfig = checkConfig(agentConfigSchema, {
    device: 'pi',
    hub: server.url,
    spool,
    ...settings,
  });
  const agent = await startAgent(config);
  onTestFinished(() => agent.close());
  return agent;
}

describe('an agent', () => {
  it('brings what a source reads to the hub, described, in order and once', async () => {
    const server = await startHubServer();
    const sensor = await startSensor();
    const source = {
      name: 'boiler',
      type: 'tcp',
      host: '127.0.0.1',
      port: sensor.port,
      format: { type: 'json' },
    };
    const agent = await start(server, {
      token: 'secret',
      sources: [{ ...source, channels: { temperature: { unit: 'Cel' } } }],
    });
    await waitFor(() => sensor.connected());
    for (let i = 0; i < 100; i++) sensor.print(`{"temperature": ${20 + i / 100}}`);
    await waitFor(() => agent.stats().readings_recorded >= 101, { what: 'readings from the source' });
    await agent.drained();
    expect(server.hub.values.filter((value) => !Number.isNaN(value))).toEqual(
      Array.from({ length: 100 }, (_, i) => 20 + i / 100),
    );
    expect(server.hub.violations).toEqual([]);
    const described = server.hub.received.flatMap((frame) =>
      frame.type === 'describe' ? frame.channels : [],
    );
    expect(described).toContainEqual(
      expect.objectContaining({ name: 'boiler/temperature', type: 'number', unit: 'Cel' }),
    );
    expect(described.map(({ name }) => name)).toContain('boiler/port');
    const { readings_sent: sent, readings_acked: acked, sampler } = agent.stats();
    expect(acked).toBe(sent);
    expect(sampler.ports).toContainEqual(expect.objectContaining({ source: 'boiler', state: 'open' }));
  });

  it('reads its token file at every connection', async () => {
    const server = await startHubServer();
    const file = join(await temporaryFolder(), 'token');
    await writeFile(file, 'first\n');
    const agent = await start(server, { token_file: file });
    await waitFor(() => agent.stats().connected);
    await writeFile(file, 'second\n');
    for (const socket of server.sockets) socket.terminate();
    await waitFor(() => server.requests.length >= 2 && agent.stats().connected);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
    await rm(file);
    for (const socket of server.sockets) socket.terminate();
    await waitFor(() => agent.stats().reason.includes('cannot read'));
  });

  it('answers commands, and says which it cannot carry out', async () => {
    const server = await startHubServer();
    const agent = await start(server, {
      token: 't',
      sources: [{ name: 'host', type: 'system', interval_ms: 1000 }],
    });
    await waitFor(() => agent.stats().state === 'streaming');
    const { session, replies } = server.hub;
    session!.send({ type: 'command', id: 1, name: 'ping', channel: null, value: null });
    session!.send({ type: 'command', id: 2, name: 'set', channel: 'host/relay', value: true });
    session!.send({ type: 'command', id: 3, name: 'set', channel: null, value: null });
    session!.send({ type: 'command', id: 4, name: 'dance', channel: null, value: null });
    await waitFor(() => replies.length === 4);
    expect(replies).toEqual(
      expect.arrayContaining([
        { type: 'reply', id: 1, ok: true, message: 'pong' },
        { type: 'reply', id: 2, ok: false, message: 'no source of this agent can set "host/relay"' },
        { type: 'reply', id: 3, ok: false, message: '"set" needs a channel and a value' },
        { type: 'reply', id: 4, ok: false, message: 'no command is named "dance"' },
      ]),
    );
  });

  it('refuses a spool that another agent has', async () => {
    const server = await startHubServer();
    const spool = { dir: join(await temporaryFolder(), 'spool') };
    await start(server, { token: 't', spool });
    await expect(start(server, { token: 't', spool })).rejects.toMatchObject({ code: 'log.locked' });
  });
});
