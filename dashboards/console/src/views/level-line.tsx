import { useEffect, useRef } from 'preact/hooks';
import { LevelPainter } from '../charts/level-painter.js';
import { onThemeChange } from '../charts/theme.js';
import { LEVEL_WINDOW_MS } from '../live/session.js';
import { useSession } from './hooks.js';

/** The hub's water level: readings per second of the last minutes, across the whole header. */
export function LevelLine() {
  const session = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const painter = new LevelPainter(element, session.fleet.level, LEVEL_WINDOW_MS);
    const observer = new ResizeObserver(() => painter.resize(element.clientWidth, element.clientHeight));
    observer.observe(element);
    const unsubscribe = onThemeChange(() => painter.invalidate());
    session.loop.add(painter);
    return () => {
      session.loop.remove(painter);
      observer.disconnect();
      unsubscribe();
    };
  }, [session]);
  return <canvas ref={canvas} class="level-line" aria-hidden="true" />;
}
