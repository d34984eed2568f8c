import { describe, expect, it } from 'vitest';
import { silentLogger } from '@weir/runtime';
import { ManualTime } from '../timers.testing.js';
import { CursorKeeper } from './cursor-keeper.js';

/** A file whose writes end when told. */
class SlowFile {
  value = 7;
  readonly saves: number[] = [];
  fails = false;

  async save(value: number): Promise<void> {
    this.saves.push(value);
    await Promise.resolve();
    if (this.fails) throw new Error('no space');
    this.value = value;
  }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

function keeperOf(): { file: SlowFile; time: ManualTime; keeper: CursorKeeper } {
  const [file, time] = [new SlowFile(), new ManualTime()];
  return { file, time, keeper: new CursorKeeper(file, time, silentLogger) };
}

describe('the cursor keeper', () => {
  it('begins with what is kept, saves the first move at once and later ones once a second', async () => {
    const { file, time, keeper } = keeperOf();
    expect(keeper.value).toBe(7);
    for (let i = 10; i < 20; i++) keeper.moveTo(i);
    expect(keeper.value).toBe(19);
    await settle();
    expect(file.saves).toEqual([10]);
    time.advance(999);
    expect(file.saves).toEqual([10]);
    time.advance(1);
    await settle();
    expect(file.saves).toEqual([10, 19]);
    time.advance(60_000);
    expect(file.saves).toEqual([10, 19]);
    keeper.moveTo(30);
    await settle();
    expect(file.saves).toEqual([10, 19, 30]);
  });

  it('writes the last value down when closed', async () => {
    const { file, time, keeper } = keeperOf();
    keeper.moveTo(10);
    keeper.moveTo(11);
    await keeper.close();
    expect(file.value).toBe(11);
    expect(time.waiting).toBe(0);
  });

  it('tells a failing disk and tries again', async () => {
    const { file, time, keeper } = keeperOf();
    file.fails = true;
    keeper.moveTo(10);
    await settle();
    expect(keeper.error).toBe('no space');
    file.fails = false;
    time.advance(1_000);
    await settle();
    expect([file.value, keeper.error]).toEqual([10, null]);
  });
});
