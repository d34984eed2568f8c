/** The built page in a real browser, with a hub that the test holds in its hand. */
import { available, launchBrowser, waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FrameCounters } from './charts/frame-loop.js';
import { FakeHub, TOKEN } from './fake-hub.testing.js';
import type { FakeChannel } from './fake-store.testing.js';

type Browser = Awaited<ReturnType<typeof launchBrowser>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

const PAGE_FOLDER = new URL('../dist/', import.meta.url).pathname;

const number = (channel: string, intervalMs: number | null = 100): FakeChannel => ({
  channel,
  type: 'number',
  unit: 'Cel',
  interval_ms: intervalMs,
});

const nowUs = (): number => Date.now() * 1_000;

describe.skipIf(!available('chromium'))('the console in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser.close();
  });

  async function startHub(): Promise<FakeHub> {
    const hub = await FakeHub.start(PAGE_FOLDER);
    onTestFinished(() => hub.close());
    return hub;
  }

  /** A page that fails the test on any script error, breach of the security policy or request to another host. */
  async function open(hub: FakeHub, link: string, size = { width: 1_280, height: 900 }): Promise<Page> {
    const context = await browser.newContext({ viewport: size });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) problems.push(message.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).host !== new URL(hub.url).host) problems.push(`asked ${request.url()}`);
    });
    onTestFinished(async () => {
      await context.close();
      expect(problems).toEqual([]);
    });
    await page.goto(link);
    return page;
  }

  /** Publishes a reading of every channel again and again until the test ends. */
  function feed(hub: FakeHub, device: string, channels: readonly FakeChannel[], everyMs = 100): () => void {
    let count = 0;
    const timer = setInterval(() => {
      count++;
      for (const [index, { channel }] of channels.entries())
        hub.publish(device, channel, [nowUs()], [Math.sin(count / 7 + index) * 10]);
    }, everyMs);
    const stop = (): void => clearInterval(timer);
    onTestFinished(stop);
    return stop;
  }

  const card = (page: Page, channel: string) => page.locator(`[data-channel="${channel}"]`);

  const pixels = (page: Page, channel: string): Promise<string> =>
    card(page, channel)
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

  it('lists devices, and the charts of the chosen one move', async () => {
    const hub = await startHub();
    const channels = [number('boiler/flow'), number('boiler/return')];
    hub.addDevice('boiler-house', channels);
    hub.addDevice('well-3', [number('level')]);
    feed(hub, 'boiler-house', channels);
    const page = await open(hub, hub.link);
    await page.getByRole('option', { name: 'well-3' }).waitFor();
    await page.getByRole('option', { name: 'boiler-house' }).click();
    await waitFor(async () =>
      /\d/.test((await card(page, 'boiler/flow').locator('.value').textContent()) ?? ''),
    );
    const before = await pixels(page, 'boiler/flow');
    await waitFor(async () => (await pixels(page, 'boiler/flow')) !== before, { what: 'a chart that moves' });
    const value = await card(page, 'boiler/return').locator('.value').textContent();
    expect(value).toContain('°C');
    await waitFor(async () => (await card(page, 'boiler/return').locator('.value').textContent()) !== value);
  });

  it('takes the token out of the address bar and keeps it over a reload', async () => {
    const hub = await startHub();
    hub.addDevice('a', [number('x')]);
    const page = await open(hub, hub.link);
    await page.getByRole('option', { name: 'a' }).waitFor();
    expect(page.url()).toBe(hub.url);
    await page.reload();
    await page.getByRole('option', { name: 'a' }).waitFor();
  });

  it('takes the token of another link that is opened in the same tab', async () => {
    const hub = await startHub();
    hub.addDevice('a', [number('x')]);
    const page = await open(hub, `${hub.url}#token=of-yesterday`);
    await page.getByRole('alert').waitFor();
    await page.goto(hub.link);
    await page.getByRole('option', { name: 'a' }).waitFor();
    expect(page.url()).toBe(hub.url);
  });

  it('asks for the token again, and says why, when it is wrong', async () => {
    const hub = await startHub();
    const page = await open(hub, `${hub.url}#token=wrong`);
    await page.getByRole('alert').getByText('The hub refused this token.').waitFor();
    const enter = async (token: string): Promise<void> => {
      await page.getByLabel('Access token').fill(token);
      await page.getByRole('button', { name: 'Open the console' }).click();
    };
    await enter('two words');
    await page.getByRole('alert').getByText('A token is one word').waitFor();
    await enter('still-wrong');
    await page.getByRole('alert').getByText('The hub refused this token.').waitFor();
    await page.goto(`${hub.url}#token=two%20words`);
    await page.getByRole('alert').getByText('The token of this link is damaged.').waitFor();
    await enter(TOKEN);
    await page.getByRole('heading', { name: 'The hub is listening' }).waitFor();
  });

  it('teaches how to begin while there is no device, and shows the first one by itself', async () => {
    const hub = await startHub();
    const page = await open(hub, hub.link);
    await page.getByText('npx weir agent --config agent.yaml').waitFor();
    hub.addDevice('first', [number('x')]);
    await page.getByRole('option', { name: 'first' }).waitFor();
    await page.getByRole('heading', { name: '1 device' }).waitFor();
  });

  it('shows an offline device by word and shape, and its values as stale', async () => {
    const hub = await startHub();
    hub.addDevice('pump', [number('flow', null)]);
    hub.publish('pump', 'flow', [nowUs() - 60e6], [3.25]);
    const page = await open(hub, `${hub.link}&device=pump`);
    const value = card(page, 'flow');
    await waitFor(async () => (await value.getAttribute('data-stale')) === 'false');
    hub.setState('pump', 'offline');
    await page.locator('.row .state.offline').getByText('offline').waitFor();
    await page.locator('.row .state-mark.offline').waitFor();
    await page.locator('.device-facts .state.offline').waitFor();
    await waitFor(async () => (await value.getAttribute('data-stale')) === 'true');
    expect(await value.locator('.value').textContent()).toContain('3.25');
    expect(await value.locator('.age').textContent()).toMatch(/^last \d+\sm?in|^last \d+\ss ago/);
  });

  it('puts a late reading at its own time and leaves the last value alone', async () => {
    const hub = await startHub();
    hub.addDevice('pump', [number('flow', 60_000)]);
    hub.publish('pump', 'flow', [nowUs() - 50e6, nowUs()], [5, 7]);
    const page = await open(hub, `${hub.link}&device=pump`);
    const flow = card(page, 'flow');
    await waitFor(async () => (await flow.locator('.value').textContent())?.includes('7'));
    hub.publish('pump', 'flow', [nowUs() - 25e6], [1_000]);
    await flow.getByText('1 late').waitFor();
    expect(await flow.locator('.value').textContent()).toContain('7');
    // What stands under the cursor in the middle of the last minute is the late reading; at the right edge, the last.
    const plot = (await flow.locator('.u-over').boundingBox())!;
    const at = async (part: number): Promise<string> => {
      await page.mouse.move(plot.x + plot.width * part, plot.y + plot.height / 2);
      return (await flow.locator('.cursor').textContent()) ?? '';
    };
    await waitFor(async () => (await at(0.55)).endsWith('1000'), { what: 'the late reading in the past' });
    await waitFor(async () => (await at(0.99)).endsWith(' 7'), { what: 'the last reading at the right' });
  });

  it('draws what came too late for the stream from the store, and counts it', async () => {
    const hub = await startHub();
    hub.addDevice('pump', [number('flow', 60_000)]);
    hub.publish('pump', 'flow', [nowUs() - 50e6, nowUs()], [5, 7]);
    const page = await open(hub, `${hub.link}&device=pump`);
    const flow = card(page, 'flow');
    await waitFor(async () => (await flow.locator('.value').textContent())?.includes('7'));
    hub.publishLate('pump', 'flow', [nowUs() - 26e6, nowUs() - 25e6], [998, 1_000]);
    await flow.getByText('2 late').waitFor();
    const plot = (await flow.locator('.u-over').boundingBox())!;
    const readAt = async (part: number): Promise<string> => {
      await page.mouse.move(plot.x + plot.width * part, plot.y + plot.height / 2);
      return (await flow.locator('.cursor').textContent()) ?? '';
    };
    await waitFor(async () => (await readAt(0.55)).endsWith('1000'), {
      what: 'the late reading in the past',
    });
    expect(await flow.locator('.value').textContent()).toContain('7');
  });

  it('says why something does not arrive, what is lost and when a backlog is here, and nothing when all is well', async () => {
    const hub = await startHub();
    hub.addDevice('pump', [number('flow')]);
    const page = await open(hub, `${hub.link}&device=pump`);
    await page.locator('.device-facts').getByText('online').waitFor();
    expect(await page.locator('.why, .losses').count()).toBe(0);
    hub.store.findings = [
      {
        ...{ severity: 'error', code: 'port.waiting', since_us: 1, advice: 'Plug it in.' },
        message: 'the port of source board is waiting: /dev/ttyUSB0',
      },
      { severity: 'note', code: 'clock.coarse', since_us: null, message: 'a slow way', advice: '' },
    ];
    hub.store.totals = {
      stored: 1_204,
      pending: 3,
      expired: 40,
      rejected: 0,
      expired_by: { spool_bytes: 40 },
    };

    Object.assign(hub.store.device('pump'), { backlog_frames: 48_120, backlog_end_us: nowUs() + 600e6 });
    await page.getByText('the port of source board is waiting: /dev/ttyUSB0').waitFor();
    await page.getByText('Plug it in.').waitFor();
    expect(await page.getByText('a slow way').count()).toBe(0);
    await page
      .locator('.device-facts')
      .getByText(/^48.120 frames$/)
      .waitFor();
    await page
      .locator('.device-facts')
      .getByText(/^in 10.min$/)
      .waitFor();
    await page
      .locator('.row .backlog')
      .getByText(/^48.120 waiting, 10.min$/)
      .waitFor();
    await page.locator('.losses').getByText('40 expired').waitFor();
    hub.store.findings = [];
    await waitFor(async () => (await page.locator('.why').count()) === 0);
  });

  it('shows what is in the log and not yet in the store', async () => {
    const hub = await startHub();
    hub.addDevice('pump', [number('flow', 60_000)]);
    hub.publish('pump', 'flow', [nowUs() - 50e6], [5]);
    hub.store.storedMessages = 1;
    hub.publish('pump', 'flow', [nowUs() - 25e6], [1_000]);
    hub.publish('pump', 'flow', [nowUs()], [7]);
    const page = await open(hub, `${hub.link}&device=pump`);
    const flow = card(page, 'flow');
    await waitFor(async () => (await flow.locator('.value').textContent())?.includes('7'));
    const plot = (await flow.locator('.u-over').boundingBox())!;
    await waitFor(async () => {
      await page.mouse.move(plot.x + plot.width * 0.55, plot.y + plot.height / 2);
      return (await flow.locator('.cursor').textContent())?.endsWith('1000');
    });
    expect(hub.streamRequests).toEqual([{ from: '1', device: 'pump' }]);
  });

  it('shows states as a timeline and as words', async () => {
    const hub = await startHub();
    hub.addDevice('pump', [
      { channel: 'serial0/port', type: 'text', unit: '', interval_ms: null },
      { channel: 'valve', type: 'boolean', unit: '', interval_ms: null },
    ]);
    hub.publish('pump', 'serial0/port', [nowUs() - 30e6, nowUs() - 1e6], ['open', 'closed']);
    hub.publish('pump', 'valve', [nowUs() - 20e6], [true]);
    const page = await open(hub, `${hub.link}&device=pump`);
    await card(page, 'serial0/port').locator('.value').getByText('closed').waitFor();
    await card(page, 'valve').locator('.value').getByText('true').waitFor();
    const before = await pixels(page, 'valve');
    hub.publish('pump', 'valve', [nowUs()], [false]);
    await card(page, 'valve').locator('.value').getByText('false').waitFor();
    await waitFor(async () => (await pixels(page, 'valve')) !== before);
  });

  it('says that the connection is lost, goes on from its cursor, and misses nothing', async () => {
    const hub = await startHub();
    hub.addDevice('pump', [number('flow', 1_000)]);
    hub.publish('pump', 'flow', [nowUs()], [1]);
    const page = await open(hub, `${hub.link}&device=pump`);
    const flow = card(page, 'flow');
    await waitFor(async () => (await flow.locator('.value').textContent())?.includes('1'));
    hub.publish('pump', 'flow', [nowUs()], [2]);
    await waitFor(async () => (await flow.locator('.value').textContent())?.includes('2'));
    const cursor = String(hub.store.messages.length);
    const asked = hub.streamRequests.length;
    hub.setReachable(false);
    await page.getByText('Connection to the hub lost.').waitFor();
    hub.publish('pump', 'flow', [nowUs()], [42]);
    hub.setReachable(true);
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2_000 })
      .catch(() => undefined);
    await waitFor(async () => (await flow.locator('.value').textContent())?.includes('42'));
    await page.getByText('Connection to the hub lost.').waitFor({ state: 'detached' });
    expect(hub.streamRequests.slice(asked)).toContainEqual({ from: cursor, device: 'pump' });
  });

  it('keeps drawing frames with 50 channels at 10 Hz', async () => {
    const hub = await startHub();
    const channels = Array.from({ length: 50 }, (_, index) => number(`bank-${index % 5}/channel-${index}`));
    hub.addDevice('rack', channels);
    feed(hub, 'rack', channels);
    const page = await open(hub, `${hub.link}&device=rack`.replace('/#', '/?fps#'), {
      width: 1_600,
      height: 1_200,
    });
    const counters = (): Promise<FrameCounters> => page.evaluate(() => ({ ...window.__weirFrames }));
    await waitFor(async () => (await counters()).readings > 500);
    expect(await page.locator('.card').count()).toBe(50);
    let before = await counters();
    for (let round = 0; round < 5; round++) {
      const next = await waitFor(async () => {
        const now = await counters();
        return now.frames >= before.frames + 30 && now.readings >= before.readings + 100 ? now : null;
      });
      expect(next.draws - before.draws).toBeGreaterThan(30);
      before = next;
    }
    await waitFor(async () => (await page.locator('.frame-meter').textContent())?.includes('frames/s'));
  });

  it('keeps a list of 5,000 devices small, filters it and goes by keyboard', async () => {
    const hub = await startHub();
    for (let index = 1; index <= 5_000; index++) hub.addDevice(`virtual-${index}`, [number('x')]);
    const page = await open(hub, hub.link);
    const list = page.getByRole('listbox', { name: 'Devices' });
    await page.getByRole('option', { name: /^virtual-1 / }).waitFor();
    expect(await page.getByRole('option').count()).toBeLessThan(60);
    await list.focus();
    await page.keyboard.press('End');
    await page.getByRole('option', { name: 'virtual-5000' }).waitFor();
    await page.getByLabel('Filter devices by name').fill('4321');
    await waitFor(async () => (await page.getByRole('option').count()) === 1);
    await list.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'virtual-4321' }).waitFor();
    expect(page.url()).toContain('device=virtual-4321');
  });

  it('fits a screen of 360 pixels', async () => {
    const hub = await startHub();
    hub.addDevice('a-device-with-quite-a-long-name', [number('boiler/flow')]);
    const page = await open(hub, hub.link, { width: 360, height: 640 });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await page.getByRole('heading', { name: '1 device' }).waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: '‹ Devices' }).click();
    await page.getByRole('option').click();
    await card(page, 'boiler/flow').waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect(await page.locator('.main').evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0);
  });
});
