// Checkboxes that share a name: a browser posts nothing for none, one string for one, and several for several.
import { z } from 'zod';

/** The chosen values. */
export const chosen = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);
