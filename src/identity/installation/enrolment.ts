// Whether anybody may make an account without being invited: off unless an administrator has switched it on.
import type { Db } from '../../platform/database/database.ts';

export async function isEnrolmentOpen(db: Db): Promise<boolean> {
  const installation = await db.installation.findFirst({ select: { isEnrolmentOpen: true } });
  return installation?.isEnrolmentOpen === true;
}

export async function setEnrolmentOpen(db: Db, isOpen: boolean): Promise<void> {
  await db.installation.updateMany({ data: { isEnrolmentOpen: isOpen } });
}
