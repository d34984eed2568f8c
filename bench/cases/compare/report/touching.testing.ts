/**
 * An expression for a browser: pairs of texts of a chart that lie on one another, each as a string. As text, since the DOM is not
 * among the types of this package.
 */
export const TOUCHING_TEXTS = `
[...document.querySelectorAll('svg.chart')].flatMap((chart) => {
  const boxes = [...chart.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  const overlap = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  return boxes.flatMap((one, at) =>
    boxes
      .slice(at + 1)
      .filter((other) => overlap(one.box, other.box))
      .map((other) => one.text + ' on ' + other.text + ' in ' + chart.getAttribute('aria-label')),
  );
})`;
