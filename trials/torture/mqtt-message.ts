/** A reading as the bridge publishes it: `PREFIX/DEVICE/CHANNEL`, JSON with value and identity. */
import { SOURCE } from './agent-settings.js';

export interface MqttReading {
  readonly device: string;
  /** The value as text. */
  readonly key: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly index: number;
}

const TOPIC = new RegExp(`^weir/([^/]+)/${SOURCE}/(?:number|text)$`);

/** Null for what is no reading of a tortured agent: states of devices, the hub's own vital signs. */
export function mqttReading(topic: string, payload: string): MqttReading | null {
  const device = TOPIC.exec(topic)?.[1];
  if (device === undefined) return null;
  const { value, epoch, sequence, index } = JSON.parse(payload) as MqttReading & { value: unknown };
  return { device, key: String(value), epoch, sequence, index };
}

/** How a reading is called in sets and reports: `DEVICE VALUE`. */
export function readingName(device: string, key: string): string {
  return `${device} ${key}`;
}
