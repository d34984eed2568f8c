import type { WeirError } from '@weir/runtime';
import type { Publication } from '../payload.js';
import type { MqttVersion } from './packet.js';
import type { Refusal } from './refusals.js';

/** What the publisher needs of a connection to a broker. */
export interface BrokerPort {
  readonly protocolVersion: MqttVersion;
  /** Messages that the broker takes in flight. */
  readonly receiveMaximum: number;
  /** Longest packet that the broker takes, bytes; Infinity where it names no limit. */
  readonly maximumPacketBytes: number;
  /** Calls the listener once, when the connection is gone, whoever ended it; at once if it is gone already. */
  onLost(listener: (loss: ConnectionLoss) => void): void;
  /** Sends at QoS 1. `settled` is called with null at the PUBACK, with the refusal where that is one, else never. */
  publish(message: Publication, settled: (refusal: Refusal | null) => void): void;
  /** Says goodbye, so that no will is published. Call it with nothing in flight. */
  close(): Promise<void>;
  /** Cuts the connection; the broker publishes the will. */
  destroy(): void;
}

export interface ConnectionLoss {
  readonly error: WeirError;
  /** The broker named a reason that has nothing to do with any message. */
  readonly blameless: boolean;
}
