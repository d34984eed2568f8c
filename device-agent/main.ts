/** The agent: sources, and the device that carries what they read to the hub. */
import { readFile } from 'node:fs/promises';
import type { Command } from '@weir/protocol';
import { WeirError, messageOf, silentLogger, systemClock, systemEntropy, systemTimers } from '@weir/runtime';
import type { AgentStats } from './agent-stats.js';
import type { AgentConfig } from './config.js';
import {
  createDevice,
  type AckListener,
  type Device,
  type DeviceDeps,
  type DeviceOptions,
} from './device.js';
import type { LinkState } from './link/ports.js';
import { answerPing } from './recorder.js';
import { rulesOf } from './sampler/rules.js';
import { createSource } from './sources/create-source.js';
import type { Source } from './sources/source.js';

/** A running agent. */
export interface Agent {
  stats(): AgentStats;
  /** Hears of confirmed readings; returns the function that ends it. */
  onAck(listener: AckListener): () => void;
  /** Hears of the connection's states; returns the function that ends it. */
  onState(listener: (state: LinkState, reason: string) => void): () => void;
  /** Resolves when nothing read so far is unconfirmed; rejects with `agent.closed`. */
  drained(): Promise<void>;
  /** Stops the sources; what they have read still goes to the hub. */
  stopReading(): Promise<void>;
  /** Stops the sources and ends the connection. What is unconfirmed waits in the spool. */
  close(): Promise<void>;
}

/**
 * Opens the spool, starts the sources and connects. A hub that is away, a port that is unplugged and a token that is
 * refused are tried again and told in `stats`. Throws `log.locked` when another agent has the spool.
 */
export async function startAgent(config: AgentConfig, deps: Partial<DeviceDeps> = {}): Promise<Agent> {
  const { logger = silentLogger, clock = systemClock, timers = systemTimers, entropy = systemEntropy } = deps;
  const sources = config.sources.map((each) => createSource(each, { clock, timers, entropy, logger }));
  const device = await createDevice(
    {
      device: config.device,
      hub: config.hub,
      token: () => tokenOf(config),
      ...authorityOf(config),
      spool: {
        dir: config.spool.dir,
        maxBytes: config.spool.max_bytes,
        maxAgeMs: config.spool.max_age === 0 ? Infinity : config.spool.max_age,
        commitDelayMs: config.spool.commit_delay,
        memoryBytes: config.spool.memory_bytes,
      },
      batch: { maxDelayMs: config.batch.max_delay_ms, maxReadings: config.batch.max_readings },
      rules: rulesOf(config.sources),
      command: (command) => runCommand(sources, command),
    },
    { ...deps, logger, clock, timers, entropy },
  );
  for (const source of sources) source.start(device.output(source.name));
  return agentOf(device, sources);
}

function agentOf(device: Device, sources: readonly Source[]): Agent {
  const stopReading = async (): Promise<void> => {
    await Promise.allSettled(sources.map((source) => source.stop()));
  };
  return {
    stats: () => device.stats(),
    onAck: (listener) => device.onAck(listener),
    onState: (listener) => device.onState(listener),
    drained: () => device.drained(),
    stopReading,
    async close() {
      await stopReading();
      await device.close();
    },
  };
}

async function tokenOf({ token, token_file: file }: AgentConfig): Promise<string> {
  if (file === undefined) return token ?? '';
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new WeirError('agent.token_file', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function authorityOf({ tls: { ca_file: file } }: AgentConfig): Pick<DeviceOptions, 'ca'> {
  if (file === undefined) return {};
  const ca = (): Promise<string> =>
    readFile(file, 'utf8').catch((error: unknown) => {
      throw new WeirError('agent.ca_file', `tls.ca_file: cannot read ${file}: ${messageOf(error)}`, {
        cause: error,
      });
    });
  return { ca };
}

/** `set` goes to the source that the channel's name begins with. */
async function runCommand(sources: readonly Source[], command: Command): Promise<string> {
  if (command.name !== 'set') return answerPing(command);
  const { channel, value } = command;
  if (channel === null || value === null)
    throw new WeirError('agent.bad_command', '"set" needs a channel and a value');
  const source = sources.find(({ name }) => channel.startsWith(`${name}/`));
  if (source?.set === undefined)
    throw new WeirError('agent.no_output', `no source of this agent can set "${channel}"`, {
      details: { channel },
    });
  await source.set(channel.slice(source.name.length + 1), value);
  return `${channel} set`;
}
