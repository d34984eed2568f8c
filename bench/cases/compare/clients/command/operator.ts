import { Agent, request } from 'node:http';
import { systemClock, WeirError } from '@weir/runtime';
import { CHANNEL, SOURCE, urlOf, type Assignment } from '../assignment.js';
import type { OpenSender } from '../sender.js';

/** Longer than anything in a run: a command that takes so long is lost. */
const TIMEOUT = '60s';
const ANSWER_CHARACTERS = 300;

/** Who gives the commands: each when it is due, whatever became of those before. Its answer says that it was carried out. */
export const openOperator: OpenSender = ({ server, prefix }, { confirmed, failed }) => {
  const agent = new Agent({ keepAlive: true });
  const underWay = new Set<Promise<void>>();
  const send = (device: number, reading: number): void => {
    const carriedOut = command(server, agent, `${prefix}${device}`, reading)
      .then(() => confirmed(device, reading, systemClock.monotonicUs()), failed)
      .finally(() => underWay.delete(carriedOut));
    underWay.add(carriedOut);
  };
  return Promise.resolve({
    send,
    finish: async () => {
      await Promise.all(underWay);
    },
    close: () => agent.destroy(),
  });
};

function command(server: Assignment['server'], agent: Agent, device: string, value: number): Promise<void> {
  const body = JSON.stringify({ name: 'set', channel: `${SOURCE}/${CHANNEL}`, value });
  const headers = {
    authorization: `Bearer ${server.token}`,
    ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  };
  return new Promise((resolve, reject) => {
    const url = `${urlOf(server, 'http')}/api/v1/devices/${device}/commands?timeout=${TIMEOUT}`;
    const asked = request(url, { method: 'POST', agent, headers });
    const refuse = (reason: string): void =>
      reject(new WeirError('bench.refused', `command ${value} to ${device}: ${reason}`));
    asked.once('error', ({ message }) => refuse(message));
    asked.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('error', ({ message }) => refuse(message));
      response.once('end', () => {
        if (response.statusCode === 200 && (JSON.parse(text) as { ok: boolean }).ok) resolve();
        else refuse(`${response.statusCode} ${text.slice(0, ANSWER_CHARACTERS)}`);
      });
    });
    asked.end(body);
  });
}
