/** What of the sets can be asked of a hub that is not ours. */
import { LOOPBACK, type Impairments } from '../../../network/impairments.js';
import type { Choice } from '../plan/choice.js';
import { scenariosOf, type SetName } from '../plan/sets.js';
import type { Method, Scenario } from '../scenario.js';

/** Nothing is added to the network that there is. */
const REMOTE: Impairments = { ...LOOPBACK, name: 'remote' };
/** A hub that others need is not to be flooded. */
const DEVICES_MAX = 10;
const READINGS_PER_S_MAX = 1_000;

/** What a method is called over TLS; what is missing is what it is. */
const OVER_TLS: Partial<Record<Method, Method>> = {
  ws: 'wss',
  'post-new': 'posts-full',
  'post-kept': 'posts-kept',
};
const IS_OVER_TLS: readonly Method[] = ['wss', 'posts-full', 'posts-resumed', 'posts-kept'];

/** Uplink and display of the sets, each condition once: their networks are all the same here. */
export function chooseRemote(sets: readonly SetName[], tls: boolean): Choice {
  const asked = scenariosOf(sets);
  const gentle = asked.filter(
    ({ devices, rateHz }) => devices <= DEVICES_MAX && (rateHz ?? Infinity) * devices <= READINGS_PER_S_MAX,
  );
  const possible = gentle.filter(({ direction, method, noDelay }) => {
    const isUplink = direction === 'uplink';
    return (
      direction !== 'command' &&
      method !== 'mqtt' &&
      noDelay &&
      (tls || !isUplink || !IS_OVER_TLS.includes(method))
    );
  });
  const left = (what: string, why: string, isLeft: boolean) => (isLeft ? [{ what, why }] : []);
  return {
    scenarios: possible.map((scenario) => toRemote(scenario, tls)),
    notMeasured: [
      ...left(
        'Commands, MQTT and TCP_NODELAY off',
        'they need a hub, a broker and a network of our own',
        true,
      ),
      ...left(
        `More than ${DEVICES_MAX} devices or ${READINGS_PER_S_MAX} readings a second`,
        'the hub is not ours to flood',
        gentle.length < asked.length,
      ),
      ...left('POST over TLS beside POST without', `the hub speaks ${tls ? 'TLS alone' : 'no TLS'}`, true),
      { what: 'CPU of the hub', why: 'it is another machine; it counts as 0' },
    ],
  };
}

function toRemote(scenario: Scenario, tls: boolean): Scenario {
  const { direction, method } = scenario;
  const named = tls && direction === 'uplink' ? (OVER_TLS[method] ?? method) : method;
  return { ...scenario, method: named, network: REMOTE };
}
