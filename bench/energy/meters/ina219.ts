/**
 * An INA219 in the supply line of a board, by the kernel's driver ina2xx: `hwmonN/name` is ina219, `power1_input` in
 * microwatts. Sampled at a steady rate and integrated by trapezia.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError } from '@weir/runtime';
import { SampledMeter, type EnergyMeter, type MeterOptions, type MeterProbe } from './meter.js';
import { readNumber, readText } from './sysfs.js';

const FOLDER = '/sys/class/hwmon';
/** 40 Hz: the chip converts in about 1 ms, and each reading costs the board itself some CPU. */
const EVERY_MS = 25;
const DENIED = 'sensors are usually open to all; check the permissions of the container or user';
const SET_UP =
  'On a Raspberry Pi: put the sensor on I2C, switch I2C on (raspi-config), load the driver (sudo modprobe ina2xx) and name the ' +
  'sensor to it (echo ina219 0x40 | sudo tee /sys/bus/i2c/devices/i2c-1/new_device; shunt_resistor in microohms)';

/** Rejects with `bench.no_meter` where there is none. Of several the first by number is taken. */
export async function openIna219({
  folder = FOLDER,
  everyMs = EVERY_MS,
  clock,
}: MeterOptions = {}): Promise<EnergyMeter> {
  const sensor = await sensorIn(folder);
  if (sensor === null)
    throw new WeirError('bench.no_meter', `no INA219: none of ${folder}/hwmon*/name is ina219. ${SET_UP}`);
  const meter = new SampledMeter(probeOf(join(folder, sensor), sensor, everyMs), clock);
  await meter.start();
  await meter.stop();
  return meter;
}

function probeOf(folder: string, sensor: string, everyMs: number): MeterProbe {
  let last: { readonly atUs: number; readonly watts: number } | null = null;
  return {
    source: 'ina219',
    covers: `${sensor}, the board's whole supply`,
    everyMs,
    reset() {
      last = null;
    },
    async sample(atUs) {
      const watts = (await readNumber(join(folder, 'power1_input'), DENIED)) / 1e6;
      const joules = last === null ? 0 : (((last.watts + watts) / 2) * (atUs - last.atUs)) / 1e6;
      last = { atUs, watts };
      return joules;
    },
  };
}

async function sensorIn(folder: string): Promise<string | null> {
  const entries = await readdir(folder).catch(() => []);
  const sensors = entries.filter((entry) => /^hwmon\d+$/.test(entry));
  sensors.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  for (const sensor of sensors) {
    const name = await readText(join(folder, sensor, 'name'), DENIED).catch(() => '');
    if (name === 'ina219') return sensor;
  }
  return null;
}
