-- AlterTable
ALTER TABLE "oauth2_providers" ADD COLUMN     "consent_validity_seconds" INTEGER;
