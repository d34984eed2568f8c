/** What a run cost a device, by one device profile. All joules are modelled unless `source` says otherwise. */
export interface RunEnergy {
  /** Name of the device profile. */
  readonly profile: string;
  /** modelled: from counted packets and CPU time. rapl, ina219: measured power of the whole device or package. */
  readonly source: 'modelled' | 'rapl' | 'ina219';
  readonly windowS: number;
  /** What the device would have cost in the window without this work, J. */
  readonly idleJ: number;
  /** What the radio cost beyond that, J; null where only the whole is measured. */
  readonly radioJ: number | null;
  /** What the CPU cost beyond that, J; null where only the whole is measured. */
  readonly cpuJ: number | null;
  /** All beyond idle, J. */
  readonly marginalJ: number;
  readonly totalJ: number;
  /** Seconds in each state of the radio, by the model's names. */
  readonly states: Readonly<Record<string, number>>;
  /** marginalJ with one parameter a third, and three times, as large; by the parameter's name. */
  readonly sensitivity: Readonly<Record<string, readonly [third: number, triple: number]>>;
}
