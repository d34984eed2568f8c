/**
 * A device in a process of its own, to be killed: `node agent-process.js SETTINGS`, JSON. It takes readings, each with a
 * value that no other has, tells its parent how it is doing, and notes in its journal what was sent and confirmed. At
 * the message `finish` it takes no more and says `drained` when the hub has confirmed all.
 */
import { once } from 'node:events';
import { createDevice, hubAddress, webSocketTransport, type Device } from '@weir/device-agent';
import { createLogger, systemClock, systemEntropy, systemTimers, type Entropy } from '@weir/runtime';
import { SOURCE, type AgentMessage, type AgentSettings } from './agent-settings.js';
import { JournalWriter } from './journal.js';
import { journalingTransport } from './journaling-transport.js';

const TICK_MS = 20;
const TELL_MS = 100;
/** Every so many readings one is a text. */
const TEXT_EVERY = 10;

/** Dice that fall low: an agent that waits half a minute before it tries again misses most of what is done to it. */
const lowDice: Entropy = { ...systemEntropy, unit: () => systemEntropy.unit() / 30 };

const settings = JSON.parse(process.argv[2] ?? '{}') as AgentSettings;
const journal = new JournalWriter(settings.journal);
journal.write(['run', systemClock.utcUs() - systemClock.monotonicUs()]);
const hub = webSocketTransport({
  url: hubAddress(settings.hub),
  token: () => Promise.resolve(settings.token),
  timers: systemTimers,
});
const device = await createDevice(
  {
    device: settings.device,
    hub: settings.hub,
    token: settings.token,
    spool: { dir: settings.spoolDir },
    batch: { maxDelayMs: TICK_MS },
  },
  {
    transport: journalingTransport(hub, journal),
    logger: createLogger({ name: settings.device, level: 'warn' }),
    entropy: lowDice,
  },
);
// Whoever started this is gone: nobody would end it.
const orphaned = (): never => process.exit(1);
process.once('disconnect', orphaned);
const tell = setInterval(() => send(stateOf(device)), TELL_MS);
const source = setInterval(readAll(device), TICK_MS);
await once(process, 'message');
clearInterval(source);
await device.drained();
clearInterval(tell);
await device.close();
process.off('disconnect', orphaned);
send({ type: 'drained' }, () => process.disconnect());

/** Takes as many readings as are due, whatever the timer was late by. */
function readAll(device: Device): () => void {
  const out = device.output(SOURCE);
  let next = settings.start;
  let lastUs = systemClock.monotonicUs();
  let due = 0;
  return () => {
    const nowUs = systemClock.monotonicUs();
    // A process that was stopped does not make up for it: it would flood.
    due = Math.min(
      due + ((nowUs - lastUs) * settings.readingsPerSecond) / 1e6,
      settings.readingsPerSecond / 4,
    );
    const count = Math.floor(due);
    due -= count;
    for (let i = 1; i <= count; i++, next++) {
      const value = next % TEXT_EVERY === 0 ? `n${next}` : next;
      const takenUs = Math.max(lastUs, Math.round(nowUs - ((count - i) * 1e6) / settings.readingsPerSecond));
      out.reading(typeof value === 'string' ? 'text' : 'number', value, takenUs);
    }
    lastUs = nowUs;
  };
}

function stateOf(device: Device): AgentMessage {
  const { connected, readings_acked: acked, backlog_frames: backlog } = device.stats();
  return { type: 'state', connected, acked, backlog };
}

function send(message: AgentMessage, sent = (): void => undefined): void {
  process.send?.(message, sent);
}
