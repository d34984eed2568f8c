/** Agent, bridge and commands to a hub over TLS, with an authority of one's own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bridgeConfigSchema, startBridge, startBroker, type Bridge } from '@weir/bridge';
import { agentConfigSchema, startAgent, type Agent } from '@weir/device-agent';
import type { Hub } from '@weir/hub';
import { checkConfig } from '@weir/runtime';
import { selfSigned, temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { hubApi } from '../hub-options.js';
import { testHub } from './hub.testing.js';

interface Scene {
  readonly hub: Hub;
  /** The authority of the hub's certificate, another one, and no file at all. */
  readonly right: string;
  readonly wrong: string;
  readonly none: string;
}

async function scene(): Promise<Scene> {
  const folder = await temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const [right, key_file, wrong, none] = [at('cert.pem'), at('key.pem'), at('other.pem'), at('none.pem')];
  const { cert, key } = selfSigned();
  await Promise.all([writeFile(right, cert), writeFile(key_file, key), writeFile(wrong, selfSigned().cert)]);
  const listen = { port: 0, tls: { cert_file: right, key_file } };
  const { hub } = await testHub({
    listen,
    stores: { duckdb: { enabled: false } },
    vitals: { interval: 100 },
  });
  return { hub, right, wrong, none };
}

async function agentOn({ url, token }: Hub, tls: object): Promise<Agent> {
  const spool = { dir: join(await temporaryFolder(), 'spool') };
  const agent = await startAgent(
    checkConfig(agentConfigSchema, { device: 'pi', hub: url, token, spool, tls }),
  );
  onTestFinished(() => agent.close());
  return agent;
}

async function bridgeOn({ url: hub, token }: Hub, more: object): Promise<Bridge> {
  const broker = await startBroker({ port: 0 });
  onTestFinished(() => broker.close());
  const cursor_file = join(await temporaryFolder(), 'cursor');
  const config = { hub, token, broker: broker.url, cursor_file, ...more };
  const bridge = await startBridge(checkConfig(bridgeConfigSchema, config));
  onTestFinished(() => bridge.close());
  return bridge;
}

describe('over TLS with an authority of its own', () => {
  it('an agent trusts the one that its configuration names', async () => {
    const { hub, right, wrong, none } = await scene();
    const agent = await agentOn(hub, { ca_file: right });
    await waitFor(() => agent.stats().connected);
    for (const [tls, reason] of [
      [{}, /certificate.*tls\.ca_file/],
      [{ ca_file: wrong }, /certificate.*tls\.ca_file/],
      [{ ca_file: none }, /cannot read .*none\.pem/],
    ] as const) {
      const wary = await agentOn(hub, tls);
      await waitFor(() => reason.test(wary.stats().reason), { what: `a reason like ${reason}` });
      expect(wary.stats()).toMatchObject({ connected: false, sessions: 0 });
    }
  });

  it('a bridge does, too', async () => {
    const { hub, right, wrong, none } = await scene();
    const bridge = await bridgeOn(hub, { hub_ca_file: right });
    await waitFor(() => bridge.stats().published > 0, { what: "the hub's vital signs at the broker" });
    const wary = await bridgeOn(hub, { hub_ca_file: wrong });
    await waitFor(() => wary.stats().error?.message.includes('certificate'), { what: 'a refusal' });
    expect(wary.stats()).toMatchObject({ published: 0, error: { code: 'bridge.hub_unreachable' } });
    await expect(bridgeOn(hub, { hub_ca_file: none })).rejects.toMatchObject({ code: 'bridge.secret_file' });
  });

  it('a command says how it could be made to trust it', async () => {
    const { hub } = await scene();
    const api = await hubApi({ hub: hub.url, token: hub.token });
    await expect(api.get('/api/v1/stats', z.object({}))).rejects.toThrow(/certificate.*NODE_EXTRA_CA_CERTS/);
  });
});
