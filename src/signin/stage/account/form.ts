// What somebody types to get an account, the first administrator too: the password twice.
import { z } from 'zod';

/** The fields as typed; whether the password is good enough is its rules' affair. */
export const accountForm = z
  .object({
    username: z.string().trim().min(1).max(150),
    name: z.string().trim().max(255).default(''),
    email: z.union([z.literal(''), z.email().max(254)]).default(''),
    password: z.string().min(1),
    password_repeat: z.string(),
  })
  .refine((given) => given.password === given.password_repeat, {
    path: ['password_repeat'],
    error: 'user.password.differ',
  });
