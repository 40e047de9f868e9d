-- AlterTable
ALTER TABLE "oauth2_providers" ADD COLUMN     "jwks" JSONB,
ADD COLUMN     "jwks_uri" TEXT NOT NULL DEFAULT '';
