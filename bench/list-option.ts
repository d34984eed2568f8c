import { z } from 'zod';

/** An option that is a list, `1,100`: one text with items between commas, each as `item` has it. `expected` is for people. */
export function listOption<T>(item: z.ZodType<T>, expected: string) {
  return z.string().transform((text, context): T[] => {
    const parsed = text.split(',').map((each) => item.safeParse(each.trim()));
    const items = parsed.flatMap((each) => (each.success ? [each.data] : []));
    if (items.length === parsed.length) return items;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });
}
