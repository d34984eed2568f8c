/**
 * The thermal zones that Linux shows in sysfs (Documentation/driver-api/thermal/sysfs-api.rst): `type` names the zone,
 * `temp` is in thousandths of a degree. A zone is recorded under its type; where several have one type, the zone's
 * number is added.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, WeirError } from '@weir/runtime';
import type { ThermalConfig } from '../config.js';
import type { Measure } from './polled-source.js';

const ZONE = /^thermal_zone(\d{1,4})$/;
const ZONES_MAX = 128;

export function measureThermal({ root }: ThermalConfig): Measure {
  return async (out) => {
    const zones = await zonesBelow(root);
    for (const { name, path } of zones) {
      try {
        const text = (await readFile(join(path, 'temp'), 'utf8')).trim();
        if (/^-?\d{1,9}$/.test(text)) out.value(name, Number(text) / 1000, 'Cel');
        else out.refused(name, 'not_convertible', `"${text.slice(0, 32)}" is no temperature`);
      } catch (thrown) {
        // A zone that is switched off answers EAGAIN, EINVAL or ENODATA.
        out.refused(name, 'no_value', systemCode(thrown) ?? 'unreadable');
      }
    }
  };
}

interface Zone {
  readonly name: string;
  readonly path: string;
}

/** Read anew each time: zones come and go with drivers. */
async function zonesBelow(root: string): Promise<Zone[]> {
  const folders = (await readdir(root)).filter((entry) => ZONE.test(entry)).slice(0, ZONES_MAX);
  if (folders.length === 0) throw new WeirError('source.unavailable', `no thermal zone below ${root}`);
  folders.sort((a, b) => numberOf(a) - numberOf(b));
  const types = await Promise.all(
    folders.map(async (folder) => nameFrom(await readFile(join(root, folder, 'type'), 'utf8'))),
  );
  return folders.map((folder, index) => {
    const type = types[index] ?? 'zone';
    const alone = types.indexOf(type) === types.lastIndexOf(type);
    return { name: alone ? type : `${type}-${numberOf(folder)}`, path: join(root, folder) };
  });
}

function numberOf(folder: string): number {
  return Number(ZONE.exec(folder)?.[1] ?? 0);
}

function nameFrom(type: string): string {
  const name = type
    .trim()
    .replace(/[^A-Za-z0-9_.:-]/g, '_')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'zone' : name.slice(0, 64);
}
