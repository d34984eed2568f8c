/** Networks by name: published figures, each with its source. A figure that no source has is 0. */
import type { Impairments } from './impairments.js';

export type NetworkName = 'lan' | 'wifi' | '4g' | '3g' | 'satellite' | 'lossy';

export interface Network extends Impairments {
  /** Where its figures are from. */
  readonly source: string;
}

const WEBPAGETEST = 'WebPageTest, settings/connectivity.ini.sample';
const LOADERO = 'Loadero, network conditions (wiki.loadero.com)';
const TSINGHUA = 'Sui et al., Characterizing and Improving WiFi Latency, MobiSys 2016';

export const NETWORKS: Readonly<Record<NetworkName, Network>> = {
  lan: {
    name: 'lan',
    up: { delayMs: 0.2, jitterMs: 0, bitsPerS: 100e6, lossRatio: 0 },
    down: { delayMs: 0.2, jitterMs: 0, bitsPerS: 100e6, lossRatio: 0 },
    source:
      'Delay: the least of Pimentel and Nickerson, IEEE Internet Computing 16(4), 2012. ' +
      `It fits wires on a campus: 99 % of round trips under 1 ms (${TSINGHUA}). Rate: 100BASE-TX (IEEE 802.3u).`,
  },
  wifi: {
    name: 'wifi',
    up: { delayMs: 1.5, jitterMs: 1.5, bitsPerS: 15e6, lossRatio: 0 },
    down: { delayMs: 1.5, jitterMs: 1.5, bitsPerS: 30e6, lossRatio: 0 },
    source:
      `Delay: half of the median round trip of the last hop, 3 ms (${TSINGHUA}); 10 % of theirs take 20 ms and more, which a normal ` +
      'distribution cannot say: the jitter is as wide as it can be around that median. Rates: WiFi of the former presets of Chrome ' +
      'DevTools. Loss: the radio repeats frames itself.',
  },
  '4g': {
    name: '4g',
    up: { delayMs: 35, jitterMs: 15, bitsPerS: 12e6, lossRatio: 0 },
    down: { delayMs: 35, jitterMs: 5, bitsPerS: 12e6, lossRatio: 0 },
    source: `Delay, rates, loss: LTE of ${WEBPAGETEST} (round trip 70 ms). Jitter: 4G of ${LOADERO}.`,
  },
  '3g': {
    name: '3g',
    up: { delayMs: 150, jitterMs: 50, bitsPerS: 768e3, lossRatio: 0 },
    down: { delayMs: 150, jitterMs: 50, bitsPerS: 1.6e6, lossRatio: 0 },
    source: `Delay, rates, loss: 3G of ${WEBPAGETEST} (round trip 300 ms). Jitter: 3G of ${LOADERO}.`,
  },
  satellite: {
    name: 'satellite',
    up: { delayMs: 300, jitterMs: 0, bitsPerS: 256e3, lossRatio: 0 },
    down: { delayMs: 300, jitterMs: 0, bitsPerS: 1e6, lossRatio: 0 },
    source:
      'Delay: half of the round trip by a geostationary satellite as it is generally seen, 600 ms (Huston, Testing LEO and GEO ' +
      `satellite services in Australia, APNIC 2022). Rates: satellite phone of ${LOADERO}.`,
  },
  lossy: {
    name: 'lossy',
    up: { delayMs: 20, jitterMs: 0, bitsPerS: null, lossRatio: 0.01 },
    down: { delayMs: 20, jitterMs: 0, bitsPerS: null, lossRatio: 0.01 },
    source:
      'Delay: the second of Pimentel and Nickerson, IEEE Internet Computing 16(4), 2012. Loss: 1 %, where the worst class of lines ' +
      "begins in the FCC's Measuring Broadband America (ninth report, chart 8).",
  },
};
