/**
 * Signals as sensors really give them. A signal is a function of time; what disturbs it wraps it:
 *
 *   quantised( stuck( spikes( noise( drift( dailyCycle ))))) -> 21.57
 *
 * All chance comes from the entropy handed in, so that one seed gives one history.
 */
import type { Entropy } from '@weir/runtime';

/** Value at a time in seconds of UTC; to be called with times that do not go back. */
export type Signal = (atSeconds: number) => number;

const DAY_S = 86_400;

/** A sine over 24 hours, highest at `peakHour` (UTC). */
export function dailyCycle(mean: number, amplitude: number, peakHour = 14): Signal {
  return (at) => mean + amplitude * Math.cos((2 * Math.PI * (at - peakHour * 3600)) / DAY_S);
}

/** Daylight: nothing by night, a half sine by day (6 to 18 h UTC), with passing clouds. */
export function daylight(noonValue: number, entropy: Entropy): Signal {
  const clouds = drift(() => 0.8, 0.02, 0.002, entropy);
  return (at) => {
    const hour = (at % DAY_S) / 3600;
    const height = Math.max(0, Math.sin((Math.PI * (hour - 6)) / 12));
    return noonValue * height * Math.min(1, Math.max(0.15, clouds(at)));
  };
}

/** A random walk added to a signal: `stepPerSecond` is its spread over one second, `pull` what draws it back, per second. */
export function drift(signal: Signal, stepPerSecond: number, pull: number, entropy: Entropy): Signal {
  let offset = 0;
  let last: number | null = null;
  return (at) => {
    const elapsed = Math.min(60, Math.max(0, at - (last ?? at)));
    last = at;
    offset += gaussian(entropy) * stepPerSecond * Math.sqrt(elapsed) - offset * Math.min(1, pull * elapsed);
    return signal(at) + offset;
  };
}

/** Gaussian measurement noise. */
export function noise(signal: Signal, deviation: number, entropy: Entropy): Signal {
  return (at) => signal(at) + gaussian(entropy) * deviation;
}

/** Now and then one reading far off, as from a loose contact. */
export function spikes(signal: Signal, probability: number, height: number, entropy: Entropy): Signal {
  return (at) => signal(at) + (entropy.unit() < probability ? (entropy.unit() < 0.5 ? -height : height) : 0);
}

/** Now and then the same value for a while, as from a hung sensor. */
export function stuck(signal: Signal, probability: number, seconds: number, entropy: Entropy): Signal {
  let held = 0;
  let until = -Infinity;
  return (at) => {
    const value = signal(at);
    if (at < until) return held;
    if (entropy.unit() < probability) {
      held = value;
      until = at + seconds;
    }
    return value;
  };
}

/** What an analogue-digital converter of this many decimals makes of it, within the sensor's range. */
export function quantised(signal: Signal, decimals: number, min: number, max: number): Signal {
  const scale = 10 ** decimals;
  return (at) => Math.round(Math.min(max, Math.max(min, signal(at))) * scale) / scale + 0;
}

/** Standard normal (Box and Muller). */
export function gaussian(entropy: Entropy): number {
  return Math.sqrt(-2 * Math.log(1 - entropy.unit())) * Math.cos(2 * Math.PI * entropy.unit());
}
