/** Which scenarios a command asks for, and which of them cannot be had here. */
import type { NotMeasured } from '../results.js';
import type { Scenario } from '../scenario.js';
import { scenariosOf, type SetName } from './sets.js';

export interface Choice {
  readonly scenarios: readonly Scenario[];
  readonly notMeasured: readonly NotMeasured[];
}

/** What this machine can run of the sets. `mosquitto`: is it installed? */
export function choose(sets: readonly SetName[], mosquitto: boolean): Choice {
  const scenarios = scenariosOf(sets);
  const possible = mosquitto ? scenarios : scenarios.filter(({ method }) => method !== 'mqtt');
  const absent = possible.length < scenarios.length;
  return {
    scenarios: possible,
    notMeasured: [...(absent ? [{ what: 'MQTT', why: 'mosquitto is not installed' }] : [])],
  };
}
