/** Marks a stretch in which nothing is known: thin slanted lines. Coordinates in canvas pixels. */
export function hatch(
  context: CanvasRenderingContext2D,
  area: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  colour: string,
  ratio: number,
): void {
  const { left, top, width, height } = area;
  if (width <= ratio) return;
  const step = 6 * ratio;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.beginPath();
  // Anchored to the plot's grid, not to the stretch, so that the lines stand still while the stretch grows.
  for (let x = Math.floor((left - height) / step) * step; x < left + width; x += step) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.strokeStyle = colour;
  context.lineWidth = ratio;
  context.stroke();
  context.restore();
}
