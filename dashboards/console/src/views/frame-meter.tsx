import { useEffect, useRef } from 'preact/hooks';
import { counters } from '../charts/frame-loop.js';

/** With `?fps` in the link: frames, charts drawn and readings of the last second, and the longest frame in it. */
export function FrameMeter() {
  const text = useRef<HTMLOutputElement>(null);
  useEffect(() => meter((line) => text.current && (text.current.textContent = line)), []);
  return <output ref={text} class="frame-meter figures" aria-label="frame meter" />;
}

export function frameMeterWanted(): boolean {
  return new URLSearchParams(location.search).has('fps');
}

function meter(show: (line: string) => void): () => void {
  let before = { ...counters };
  let sinceMs = performance.now();
  let lastMs = sinceMs;
  let [frames, longestMs, worstMs] = [0, 0, 0];
  let request = requestAnimationFrame(function frame(nowMs) {
    request = requestAnimationFrame(frame);
    frames++;
    longestMs = Math.max(longestMs, nowMs - lastMs);
    worstMs = Math.max(worstMs, counters.lastMs);
    lastMs = nowMs;
    if (nowMs - sinceMs < 1_000) return;
    const seconds = (nowMs - sinceMs) / 1_000;
    const rate = (count: number): string => (count / seconds).toFixed(0);
    show(
      `${rate(frames)} frames/s · longest ${longestMs.toFixed(0)} ms · drawing ≤ ${worstMs.toFixed(1)} ms · ` +
        `${rate(counters.draws - before.draws)} charts/s · ${rate(counters.readings - before.readings)} readings/s`,
    );
    before = { ...counters };
    sinceMs = nowMs;
    [frames, longestMs, worstMs] = [0, 0, 0];
  });
  return () => cancelAnimationFrame(request);
}
